#include "tests/node/shared_bodies.h"

namespace offstage {

int shared_square(int n) { return n * n; }

int (*nullptr_function())(int) { return nullptr; }

}  // namespace offstage
