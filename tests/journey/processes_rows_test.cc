// The rows of the acceptance table, with tasks in worker processes.

#include "actors/offstage.h"
#include "tests/contract/call_rows.h"
#include "tests/contract/executor_rows.h"
#include "tests/contract/future_rows.h"
#include "tests/contract/middle_rows.h"
#include "tests/support/processes.h"

namespace offstage::contract {
namespace {

using processes = own_pool_world<testing::process_context>;
using processes_with_shared_pool = shared_pool_world<testing::process_context>;

INSTANTIATE_TYPED_TEST_SUITE_P(Processes, CallRows, processes);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, FutureRows, processes);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, ExecutorRows, processes);
INSTANTIATE_TYPED_TEST_SUITE_P(ProcessesWithSharedPool, ExecutorRows, processes_with_shared_pool);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, IterationRows, processes);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, ProgressRows, processes);
INSTANTIATE_TYPED_TEST_SUITE_P(Processes, StepsRows, processes);

}  // namespace
}  // namespace offstage::contract
