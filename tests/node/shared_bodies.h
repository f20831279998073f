// shared_bodies: functions in a shared library of the test.
//
// Question: do functions outside the program run in workers, too?
#pragma once

namespace offstage {

int shared_square(int n);

/// A function pointer that points nowhere.
int (*nullptr_function())(int);

}  // namespace offstage
