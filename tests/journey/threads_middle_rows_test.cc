// The rows of iterations, progress and steps, in threads of this process.

#include "tests/contract/middle_rows.h"

namespace offstage::contract {
namespace {

using threads = own_pool_world<multithreading_context>;

INSTANTIATE_TYPED_TEST_SUITE_P(Threads, IterationRows, threads);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, ProgressRows, threads);
INSTANTIATE_TYPED_TEST_SUITE_P(Threads, StepsRows, threads);

}  // namespace
}  // namespace offstage::contract
