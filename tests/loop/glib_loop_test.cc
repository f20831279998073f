// GLib's main contexts: what every loop does, and what is GLib's own.

#include "actors/loop/glib/glib_loop.h"

#include <gtest/gtest.h>

#include "tests/contract/loop_rows.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(GLib, LoopRows, glib_loop);

}  // namespace
}  // namespace offstage::contract
