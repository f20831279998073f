// The contract of contexts, with worker processes.

#include "actors/offstage.h"
#include "tests/contract/context_rows.h"
#include "tests/contract/router_rows.h"
#include "tests/support/processes.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Processes, ContextRows, testing::process_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, BusyContextRows, testing::process_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, RouterRows, context_routers<testing::process_context>);

}  // namespace
}  // namespace offstage::contract
