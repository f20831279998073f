// The contract of contexts, with threads of this process.

#include "actors/offstage.h"
#include "tests/contract/context_rows.h"
#include "tests/contract/router_rows.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Threads, ContextRows, multithreading_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, BusyContextRows, multithreading_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, RouterRows, context_routers<multithreading_context>);

}  // namespace
}  // namespace offstage::contract
