// The contract of contexts, with worker processes.

#include "actors/offstage.h"
#include "tests/contract/context_rows.h"
#include "tests/contract/router_rows.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Processes, ContextRows, multiprocessing_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, BusyContextRows, multiprocessing_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, RouterRows, context_routers<multiprocessing_context>);

}  // namespace
}  // namespace offstage::contract
