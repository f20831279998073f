// evidence: what the screen was like when a test failed.
//
// Question: what would one have seen?
// Zone:     home.
#pragma once

#include <string>

namespace offstage::display {

/// Says which test runs from now on.
/// @thread the test's
void evidence_is_for(const std::string& test);

/// Saves a picture of the screen, the windows and the accessibility trees to the outputs of the
/// test, once for each test, as `failure-TEST.png` and `failure-TEST.tree.txt`. Does nothing
/// without a desktop.
/// @returns a sentence that says where they are
/// @thread the test's
std::string keep_evidence();

}  // namespace offstage::display
