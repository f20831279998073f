// problem: a path that could not be digested, and why.
//
// Question: what is said about a path instead of its digest?
// Zone:     pure.
#pragma once

#include <string>

namespace digest_tree {

/// One line for stderr; everything else goes on.
struct problem {
  std::string path;
  std::string reason;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, problem& x) {
    return f(x.path, x.reason);
  }
};

}  // namespace digest_tree
