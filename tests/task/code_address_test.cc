// Functions by module and offset, as parents write and children read them: here, the same process
// does both.

#include "actors/task/code_address.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actors/errors/errors.h"

namespace offstage {
namespace {

int in_the_program(int n) { return n + 1; }

constexpr const char* first_path = "tests/task/libmodule_one.so";
constexpr const char* second_path = "tests/task/libmodule_two.so";

// A shared library, for as long as it is loaded.
class library {
 public:
  explicit library(const char* path)
      : handle_(::dlopen((std::string("./") + path).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  }
  ~library() { ::dlclose(handle_); }
  library(const library&) = delete;
  library& operator=(const library&) = delete;

  const void* function() const { return ::dlsym(handle_, "offstage_test_module_number"); }

 private:
  void* const handle_;
};

bool is_loaded(const char* path) {
  void* const handle =
      ::dlopen((std::string("./") + path).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle != nullptr) ::dlclose(handle);
  return handle != nullptr;
}

const void* own_function() { return reinterpret_cast<const void*>(&in_the_program); }

const void* libc_function() { return ::dlsym(RTLD_DEFAULT, "getpid"); }

module_identity identity_of(code_address where) { return modules_from(where.module).at(0); }

// This process as a child of itself: learns one more module, and says where a function is in it.
code_address told(const module_identity& module, std::uint64_t offset) {
  static std::uint32_t learned = 0;
  learn_module(module);
  return {learned++, offset};
}

void expect_refused(code_address where, const std::string& part) {
  try {
    function_at(where);
    ADD_FAILURE() << "expected a refusal that says: " << part;
  } catch (const std::runtime_error& refusal) {
    EXPECT_NE(std::string(refusal.what()).find(part), std::string::npos) << refusal.what();
  }
}

TEST(CodeAddressTest, FindsFunctionsOfTheProgram) {
  const auto where = code_address_of(own_function());
  EXPECT_EQ(code_address_of(own_function()).module, where.module);
  EXPECT_EQ(code_address_of(own_function()).offset, where.offset);
  const auto program = identity_of(where);
  EXPECT_EQ(program.path, "");
  EXPECT_EQ(program.build_id, program_build_id());
  EXPECT_EQ(function_at(told(program, where.offset)), own_function());
}

TEST(CodeAddressTest, FindsFunctionsOfASharedLibrary) {
  const auto where = code_address_of(libc_function());
  EXPECT_NE(where.module, code_address_of(own_function()).module);
  const auto libc = identity_of(where);
  EXPECT_NE(libc.path.find("libc"), std::string::npos) << libc.path;
  EXPECT_TRUE(std::all_of(libc.build_id.begin(), libc.build_id.end(), [](unsigned char each) {
    return std::isxdigit(each) != 0;
  })) << libc.build_id;
  EXPECT_EQ(function_at(told(libc, where.offset)), libc_function());
}

TEST(CodeAddressTest, FindsFunctionsOfALibraryThatIsLoadedLater) {
  // All that is known is known before.
  code_address_of(own_function());
  const auto before = modules_from(0).size();
  const library later(first_path);
  const auto where = code_address_of(later.function());
  EXPECT_LE(where.module, before);
  EXPECT_NE(identity_of(where).path.find(first_path), std::string::npos);
  EXPECT_EQ(function_at(told(identity_of(where), where.offset)), later.function());
}

TEST(CodeAddressTest, KeepsTheNumberOfALibraryThatIsLoadedAgain) {
  code_address first;
  {
    const library loaded(first_path);
    first = code_address_of(loaded.function());
  }
  ASSERT_FALSE(is_loaded(first_path));
  const auto modules = modules_from(0);
  for (int i = 0; i < 20; ++i) {
    // Another one, which is likely to lie where the first one was.
    code_address other;
    {
      const library between(second_path);
      other = code_address_of(between.function());
      EXPECT_NE(other.module, first.module);
      EXPECT_NE(identity_of(other).path.find(second_path), std::string::npos);
    }
    const library again(first_path);
    const auto where = code_address_of(again.function());
    EXPECT_EQ(where.module, first.module);
    EXPECT_EQ(where.offset, first.offset);
  }
  EXPECT_LE(modules_from(0).size(), modules.size() + 1);
}

TEST(CodeAddressTest, TellsModulesApartThatAreLoadedTogether) {
  const library one(first_path);
  const library two(second_path);
  const auto first = code_address_of(one.function());
  const auto second = code_address_of(two.function());
  EXPECT_NE(first.module, second.module);
  EXPECT_EQ(function_at(told(identity_of(first), first.offset)), one.function());
  EXPECT_EQ(function_at(told(identity_of(second), second.offset)), two.function());
}

TEST(CodeAddressTest, RefusesAnAddressInNoModule) {
  const int on_the_stack = 0;
  const auto on_the_heap = std::make_unique<int>(0);
  const void* unloaded;
  {
    const library gone(second_path);
    unloaded = gone.function();
    code_address_of(unloaded);
  }
  ASSERT_FALSE(is_loaded(second_path));
  for (const void* each :
       {static_cast<const void*>(&on_the_stack), static_cast<const void*>(on_the_heap.get()),
        static_cast<const void*>(nullptr), unloaded}) {
    EXPECT_THROW(code_address_of(each), not_transferable);
  }
}

TEST(CodeAddressTest, GivesModulesFromAnyNumberOn) {
  code_address_of(own_function());
  code_address_of(libc_function());
  const auto all = modules_from(0);
  ASSERT_GE(all.size(), 2U);
  for (std::size_t first = 0; first <= all.size(); ++first) {
    const auto some = modules_from(first);
    ASSERT_EQ(some.size(), all.size() - first);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.end() - static_cast<int>(some.size())));
  }
  EXPECT_TRUE(modules_from(all.size() + 1).empty());
  EXPECT_TRUE(modules_from(SIZE_MAX).empty());
}

TEST(CodeAddressTest, MayBeAskedByManyThreads) {
  const auto expected = code_address_of(own_function());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&expected, i] {
      for (int k = 0; k < 50; ++k) {
        const library loaded(i % 2 == 0 ? first_path : second_path);
        const auto path = identity_of(code_address_of(loaded.function())).path;
        EXPECT_NE(path.find(i % 2 == 0 ? first_path : second_path), std::string::npos);
        EXPECT_EQ(code_address_of(own_function()).offset, expected.offset);
      }
    });
  }
  for (auto& each : threads) each.join();
}

TEST(LearnModuleTest, LoadsALibraryThatIsNotThere) {
  module_identity module;
  std::uint64_t offset;
  {
    const library loaded(second_path);
    const auto where = code_address_of(loaded.function());
    module = identity_of(where);
    offset = where.offset;
  }
  ASSERT_FALSE(is_loaded(second_path));
  const auto* const found = function_at(told(module, offset));
  EXPECT_TRUE(is_loaded(second_path));
  EXPECT_EQ(reinterpret_cast<int (*)()>(const_cast<void*>(found))(), 2);
}

TEST(LearnModuleTest, RefusesFunctionsOfWhatIsNotTheSame) {
  const auto program = identity_of(code_address_of(own_function()));
  auto other = program;
  other.build_id = "0123456789";
  expect_refused(told(other, 0), "the program (build id 0123456789) is not in the worker process");

  auto libc = identity_of(code_address_of(libc_function()));
  libc.build_id = "0123456789";
  expect_refused(told(libc, 0), "the file is another one than the parent has loaded");

  expect_refused(told({"/there/is/no/such/library.so", "0123456789"}, 0), "it cannot be loaded");
  // What is refused keeps its number, and the next one is found.
  EXPECT_EQ(function_at(told(program, 5)), function_at(told(program, 5)));
}

TEST(LearnModuleTest, RefusesModulesThatNobodyToldOf) {
  expect_refused({1000000, 0}, "module 1000000");
  expect_refused({UINT32_MAX, 0}, "which the parent has not told of");
}

TEST(LearnModuleTest, RefusesLibrariesWithoutABuildIdOfAnotherPath) {
  expect_refused(told({"/there/is/no/such/library.so", ""}, 0), "build id none");
}

}  // namespace
}  // namespace offstage
