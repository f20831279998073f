// Which callables run in worker processes as they are, which with a codec, and which are refused.

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/offstage.h"
#include "tests/node/shared_bodies.h"
#include "tests/support/processes.h"

namespace offstage {
namespace {

constexpr std::chrono::seconds guard{60};

int free_function(int n) { return n + 1; }

struct counter {
  int from = 0;

  counter() = default;
  explicit counter(int begin) : from(begin) {}

  static int twice(int n) { return 2 * n; }
  int plus(int n) const { return from + n; }
  virtual int minus(int n) const { return from - n; }
  virtual ~counter() = default;
};

template <class Inspector>
auto inspect(Inspector& f, counter& x) {
  return f(x.from);
}

// A callable with a state that knows how to travel.
struct scaler {
  double factor = 1;
  std::vector<double> operator()(std::vector<double> values) const {
    for (auto& each : values) each *= factor;
    return values;
  }
};

template <class Inspector>
auto inspect(Inspector& f, scaler& x) {
  return f(x.factor);
}

int apply(int (*function)(int), int n) { return function == nullptr ? -1 : function(n); }

struct pinned {
  int* where;
};

struct fussy {
  int number = 0;
};

}  // namespace

// Refuses the number 13 on both ways.
template <>
struct codec<fussy> {
  static void encode(byte_writer& writer, const fussy& value) {
    if (value.number == 13) throw std::invalid_argument("13 is not sent");
    writer.write(value.number);
  }
  static fussy decode(byte_reader& reader) {
    fussy out{reader.read<int>()};
    if (out.number == 14) throw std::invalid_argument("14 is not received");
    return out;
  }
};

namespace {

fussy make_fussy(int number) { return {number}; }
int number_of(fussy value) { return value.number; }
generator<fussy> count_fussily(int to) {
  for (int i = 0; i <= to; ++i) co_yield fussy{i};
}
void report_fussily(progress<fussy>& report, int to) {
  for (int i = 0; i <= to; ++i) report(fussy{i});
}
void throw_on() {
  try {
    throw std::out_of_range("inner");
  } catch (...) {
    std::throw_with_nested(std::runtime_error("outer"));
  }
}
void throw_a_number() { throw 42; }

class FunctionsTest : public ::testing::Test {
 protected:
  template <class Future>
  auto result_of(const Future& future) {
    EXPECT_TRUE(loop.run_until(future, guard));
    return future.result();
  }

  template <class Future>
  failure failure_of(const Future& future) {
    EXPECT_TRUE(loop.run_until(future, guard));
    EXPECT_EQ(future.state(), future_state::failed);
    return future.state() == future_state::failed ? future.failure() : failure{};
  }

  template <class Submit>
  void expect_refused(const Submit& submit, const std::string& text) {
    try {
      submit();
      ADD_FAILURE() << "not refused";
    } catch (const not_transferable& refused) {
      EXPECT_NE(std::string(refused.what()).find(text), std::string::npos) << refused.what();
    }
    EXPECT_EQ(user.open_tasks(), 0U);
  }

  manual_loop loop;
  testing::process_context context;
  executor user{loop, {.context = &context, .worker_count = 1}};
};

TEST_F(FunctionsTest, RunsWhatHasNoState) {
  EXPECT_EQ(result_of(submit_call(user, free_function, 1)), 2);
  EXPECT_EQ(result_of(submit_call(user, counter::twice, 4)), 8);
  EXPECT_EQ(result_of(submit_call(
                user, [](int a, int b) { return a * b; }, 3, 4)),
            12);
  EXPECT_EQ(result_of(submit_call(
                user, [](auto a) { return a + a; }, std::string("ab"))),
            "abab");
  EXPECT_EQ(result_of(submit_call(user, std::plus<>(), 3, 4)), 7);
}

TEST_F(FunctionsTest, RunsMembers) {
  EXPECT_EQ(result_of(submit_call(user, &counter::plus, counter{5}, 2)), 7);
  EXPECT_EQ(result_of(submit_call(user, &counter::minus, counter{5}, 2)), 3);
  EXPECT_EQ(result_of(submit_call(user, &std::string::size, std::string("four"))), 4U);
}

TEST_F(FunctionsTest, RunsCallablesWithACodec) {
  EXPECT_EQ(result_of(submit_call(user, scaler{2.5}, std::vector<double>{1, 2})),
            (std::vector<double>{2.5, 5}));
}

TEST_F(FunctionsTest, PassesFunctionsAndText) {
  EXPECT_EQ(result_of(submit_call(user, apply, &free_function, 1)), 2);
  EXPECT_EQ(result_of(submit_call(user, apply, nullptr_function(), 1)), -1);
  EXPECT_EQ(result_of(submit_call(
                user, [](const char* text) { return std::string(text) + "!"; }, "a literal")),
            "a literal!");
  const std::string text = "a view";
  EXPECT_EQ(
      result_of(submit_call(
          user, [](std::string_view view) { return std::string(view); }, std::string_view(text))),
      "a view");
  // What is moved into the task is moved out of it there.
  EXPECT_EQ(
      result_of(submit_call(
          user, [](std::unique_ptr<int> number) { return *number; }, std::make_unique<int>(9))),
      9);
}

TEST_F(FunctionsTest, RunsFunctionsOfSharedLibraries) {
  EXPECT_EQ(result_of(submit_call(user, shared_square, 12)), 144);
  EXPECT_EQ(result_of(submit_call(user, apply, &shared_square, 5)), 25);
}

TEST_F(FunctionsTest, RunsFunctionsOfALibraryLoadedAfterTheStart) {
  EXPECT_EQ(result_of(submit_call(user, free_function, 1)), 2);  // The worker runs.
  void* const library = dlopen("tests/node/late_library.so", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto late_cube = reinterpret_cast<int (*)(int)>(dlsym(library, "late_cube"));
  ASSERT_NE(late_cube, nullptr);
  EXPECT_EQ(result_of(submit_call(user, late_cube, 3)), 27);
}

TEST_F(FunctionsTest, RefusesWhatCannotBeSentAndNamesIt) {
  int here = 0;
  expect_refused([&] { submit_call(user, [&here] { return here; }); },
                 "pass what the lambda captures as arguments");
  expect_refused(
      [&] {
        submit_call(
            user, [](pinned p) { return p.where != nullptr; }, pinned{&here});
      },
      "pinned");
  expect_refused(
      [&] {
        submit_call(
            user, [](int* p) { return p != nullptr; }, &here);
      },
      "of type int");
  expect_refused(
      [&] {
        submit_call(
            user, [](int& n) { return n; }, std::ref(here));
      },
      "reference_wrapper");
  expect_refused([&] { submit_call(user, [] { return pinned{nullptr}; }); }, "pinned");
  expect_refused(
      [&] {
        submit_call(user, []() -> std::string& {
          static std::string text;
          return text;
        });
      },
      "string");
  expect_refused([&] { submit_iteration(user, [] { return std::vector<int*>(3); }); },
                 "of type int");
  expect_refused([&] { submit_progress(user, [](progress<pinned>&) {}); }, "pinned");
  expect_refused(
      [&] {
        submit_call(
            user, [](event e) { e.set(); }, multithreading_context().make_event());
      },
      "found one of threads");
  // The executor is as before.
  EXPECT_EQ(result_of(submit_call(user, free_function, 1)), 2);
}

// D2.
TEST_F(FunctionsTest, TellsAnArgumentsCodecThatThrowsAtTheSubmission) {
  EXPECT_THROW(submit_call(user, number_of, fussy{13}), std::invalid_argument);
  EXPECT_EQ(user.open_tasks(), 0U);
  const auto why = failure_of(submit_call(user, number_of, fussy{14}));
  EXPECT_EQ(why.kind, failure_kind::encoding);
  EXPECT_EQ(why.what, "14 is not received");
  EXPECT_EQ(result_of(submit_call(user, number_of, fussy{15})), 15);
}

// D3.
TEST_F(FunctionsTest, FailsTasksWhoseResultsItemsOrReportsCannotCross) {
  for (const int bad : {13, 14}) {
    const std::string text = bad == 13 ? "13 is not sent" : "14 is not received";
    const auto result = failure_of(submit_call(user, make_fussy, bad));
    EXPECT_EQ(result.kind, failure_kind::encoding);
    EXPECT_EQ(result.what, text);

    auto iteration = submit_iteration(user, count_fussily, 1000);
    std::vector<int> items;
    iteration.on_item([&](const fussy& item) { items.push_back(item.number); });
    const auto item = failure_of(iteration);
    EXPECT_EQ(item.kind, failure_kind::encoding);
    EXPECT_EQ(items.size(), 13U);  // What came before has arrived.

    const auto report = failure_of(submit_progress(user, report_fussily, bad));
    EXPECT_EQ(report.kind, failure_kind::encoding);
    EXPECT_EQ(report.what, "13 is not sent");
  }
  EXPECT_EQ(result_of(submit_call(user, free_function, 1)), 2);
}

TEST_F(FunctionsTest, FailsAnIterationWhoseItemCannotBeReadHere) {
  auto iteration = submit_iteration(
      user,
      [](int from) -> generator<fussy> {
        for (int i = from;; ++i) co_yield fussy{i};
      },
      14);
  const auto why = failure_of(iteration);
  EXPECT_EQ(why.kind, failure_kind::encoding);
  EXPECT_EQ(why.what, "14 is not received");
  // The endless body has ended, too: its worker is free.
  EXPECT_EQ(result_of(submit_call(user, free_function, 1)), 2);
}

TEST_F(FunctionsTest, TellsExceptionsWithTheirCauses) {
  const auto nested = failure_of(submit_call(user, throw_on));
  EXPECT_EQ(nested.kind, failure_kind::raised);
  EXPECT_EQ(nested.what, "outer");
  ASSERT_EQ(nested.causes.size(), 1U);
  EXPECT_EQ(nested.causes[0].type, "std::out_of_range");
  EXPECT_EQ(nested.causes[0].what, "inner");
  EXPECT_EQ(failure_of(submit_call(user, throw_a_number)).type, "int");
  auto failed = submit_call(user, throw_on);
  ASSERT_TRUE(loop.run_until(failed, guard));
  EXPECT_THROW(failed.result(), task_failed);
}

TEST_F(FunctionsTest, SendsLargeValues) {
  const auto length = [](const std::string& text) { return text.size(); };
  const auto of_length = [](std::size_t size) { return std::string(size, 'x'); };
  const std::size_t large = std::size_t{70} << 20;
  EXPECT_EQ(result_of(submit_call(user, length, std::string(large, 'x'))), large);
  EXPECT_EQ(result_of(submit_call(user, of_length, large)).size(), large);
}

TEST_F(FunctionsTest, HoldsAProducerInAnotherProcessAndBoundsItsMessages) {
  const auto reached = context.make_event();
  auto future = submit_progress(
      user,
      [](progress<int>& report, event over_the_window) {
        for (int i = 0; i < 3000; ++i) {
          report(i);
          if (i == 1024) over_the_window.set();
        }
        return 3000;
      },
      reached);
  // Home takes nothing, so the body is held.
  EXPECT_FALSE(reached.wait_for(std::chrono::milliseconds(100)));
  int seen = 0;
  future.on_progress([&](int report) { seen += report == seen ? 1 : 0; });
  EXPECT_EQ(result_of(future), 3000);
  EXPECT_EQ(seen, 3000);
  EXPECT_TRUE(reached.is_set());
}

TEST_F(FunctionsTest, ReleasesAProducerThatIsHeldByACancel) {
  auto future = submit_progress(user, [](progress<int>& report) {
    for (int i = 0;; ++i) report(i);
  });
  ASSERT_TRUE(loop.run_until([&] { return future.state() == future_state::executing; }, guard));
  future.cancel();
  ASSERT_TRUE(loop.run_until(future, guard));
  EXPECT_EQ(future.state(), future_state::cancelled);
}

TEST_F(FunctionsTest, RunsExecutorsInsideWorkers) {
  const auto nested = submit_call(
      user,
      [](int n) {
        manual_loop loop;
        testing::process_context context;
        executor inner{loop, {.context = &context, .worker_count = 1}};
        auto future = submit_call(inner, free_function, n);
        loop.run_until(future);
        return future.result() * 10;
      },
      4);
  EXPECT_EQ(result_of(nested), 50);
}

}  // namespace
}  // namespace offstage
