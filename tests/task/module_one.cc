// A shared library that a test loads and unloads.

extern "C" int offstage_test_module_number() { return 1; }
