// Another one, as large as the first.

extern "C" int offstage_test_module_number() { return 2; }
