// A library that a fork server loads and initializes.

#include <unistd.h>

namespace {
int tables_of = 0;
}

extern "C" void make_tables() { tables_of = getpid(); }
extern "C" int tables_made_by() { return tables_of; }
