// The user's own contexts: the contract of contexts and routers, and the rows of the acceptance
// table.

#include "actors/offstage.h"
#include "examples/own_context/inline_context.h"
#include "examples/own_context/thread_per_task_context.h"
#include "tests/contract/call_rows.h"
#include "tests/contract/context_rows.h"
#include "tests/contract/executor_rows.h"
#include "tests/contract/future_rows.h"
#include "tests/contract/middle_rows.h"
#include "tests/contract/router_rows.h"

namespace offstage::contract {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Inline, ContextRows, inline_context);
INSTANTIATE_TYPED_TEST_SUITE_P(Inline, RouterRows, context_routers<inline_context>);

using thread_per_task = own_pool_world<thread_per_task_context>;

INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, ContextRows, thread_per_task_context);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, BusyContextRows, thread_per_task_context);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, RouterRows, context_routers<thread_per_task_context>);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, CallRows, thread_per_task);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, FutureRows, thread_per_task);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, ExecutorRows, thread_per_task);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, IterationRows, thread_per_task);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, ProgressRows, thread_per_task);
INSTANTIATE_TYPED_TEST_SUITE_P(ThreadPerTask, StepsRows, thread_per_task);

}  // namespace
}  // namespace offstage::contract
