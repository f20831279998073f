// guard: the limit of every wait in a test.
//
// Question: when does a test that hangs end?
// Zone:     pure.
#pragma once

#include <chrono>

namespace offstage::contract {

/// It only ends tests that hang; nothing is measured against it.
inline constexpr std::chrono::seconds guard{60};

}  // namespace offstage::contract
