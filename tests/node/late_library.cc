// A library that nobody is linked against.

extern "C" int late_cube(int n) { return n * n * n; }
