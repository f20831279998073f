// Rows 138 to 142: what is said of exceptions of any type.

#include "actors/task/describe_exception.h"

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace offstage {
namespace {

struct own_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Throw>
failure described(Throw&& thrower) {
  std::exception_ptr thrown;
  try {
    thrower();
  } catch (...) {
    thrown = std::current_exception();
  }
  // Outside of the handler: row 140.
  return describe_exception(thrown);
}

// Row 138. Adapted: type, text and causes; there is no stack of a throw in C++.
TEST(DescribeExceptionTest, NamesAStandardTypeAndItsText) {
  const auto why = described([] { throw std::out_of_range("beyond the end"); });
  EXPECT_EQ(why.kind, failure_kind::raised);
  EXPECT_EQ(why.type, "std::out_of_range");
  EXPECT_EQ(why.what, "beyond the end");
  EXPECT_TRUE(why.causes.empty());
  EXPECT_THROW(std::rethrow_exception(why.original), std::out_of_range);
}

// Row 139.
TEST(DescribeExceptionTest, KeepsTextThatIsNotAscii) {
  EXPECT_EQ(described([] {
              throw std::runtime_error(
                  "25 \xc2\xb0"
                  "C");
            }).what,
            "25 \xc2\xb0"
            "C");
}

// Row 141.
TEST(DescribeExceptionTest, NamesAnOwnTypeWithItsNamespace) {
  const auto why = described([] { throw own_error("x"); });
  EXPECT_NE(why.type.find("offstage::"), std::string::npos);
  EXPECT_NE(why.type.find("own_error"), std::string::npos);
}

// Row 142.
TEST(DescribeExceptionTest, NamesATypeInsideAFunctionWithItsScopes) {
  struct local_error : std::exception {
    const char* what() const noexcept override { return "local"; }
  };
  const auto why = described([] { throw local_error(); });
  EXPECT_NE(why.type.find("TestBody"), std::string::npos);
  EXPECT_NE(why.type.find("local_error"), std::string::npos);
  EXPECT_EQ(why.what, "local");
}

TEST(DescribeExceptionTest, ListsNestedCausesTheNearestFirst) {
  const auto why = described([] {
    try {
      try {
        try {
          throw 42;
        } catch (...) {
          std::throw_with_nested(std::logic_error("inner"));
        }
      } catch (...) {
        std::throw_with_nested(std::runtime_error("middle"));
      }
    } catch (...) {
      std::throw_with_nested(own_error("outer"));
    }
  });
  EXPECT_EQ(why.what, "outer");
  ASSERT_EQ(why.causes.size(), 3U);
  EXPECT_EQ(why.causes[0].what, "middle");
  EXPECT_EQ(why.causes[1].what, "inner");
  EXPECT_EQ(why.causes[2], (failure_cause{"int", "42"}));
  EXPECT_NE(why.summary().find("outer; caused by "), std::string::npos);
}

TEST(DescribeExceptionTest, DescribesWhatIsNoStandardException) {
  struct unrelated {};
  const auto throw_text = [] { throw "a text"; };
  EXPECT_EQ(described(throw_text).what, "a text");
  EXPECT_EQ(described([] { throw std::string("a string"); }).what, "a string");
  EXPECT_EQ(described([] { throw std::string_view("a view"); }).what, "a view");
  EXPECT_EQ(described([] { throw 7; }).what, "7");
  EXPECT_EQ(described([] { throw -7L; }).what, "-7");
  EXPECT_EQ(described([] { throw 7U; }).what, "7");
  EXPECT_EQ(described([] { throw 7UL; }).what, "7");
  EXPECT_EQ(described([] { throw static_cast<const char*>(nullptr); }).what, "a null pointer");
  const auto why = described([] { throw unrelated(); });
  EXPECT_NE(why.type.find("unrelated"), std::string::npos);
  EXPECT_NE(why.what.find("unrelated"), std::string::npos);
  EXPECT_EQ(described([] { throw std::make_unique<int>(1); }).what.find("an exception of type"),
            0U);
}

TEST(DescribeExceptionTest, DescribesACarrierOfACauseThatIsNoStandardException) {
  struct carrier : std::nested_exception {};
  const auto why = described([] {
    try {
      throw std::runtime_error("cause");
    } catch (...) {
      throw carrier();
    }
  });
  ASSERT_EQ(why.causes.size(), 1U);
  EXPECT_EQ(why.causes[0].what, "cause");
}

// D4.
TEST(DescribeExceptionTest, SurvivesExceptionsWithNothingToSay) {
  struct silent : std::exception {
    const char* what() const noexcept override { return nullptr; }
  };
  EXPECT_NE(described([] { throw silent(); }).what.find("returned no text"), std::string::npos);
  EXPECT_EQ(described([] { throw std::runtime_error(""); }).what, "(no text)");
}

TEST(DescribeExceptionTest, BoundsTextsAndCauses) {
  EXPECT_LT(described([] { throw std::runtime_error(std::string(1 << 20, 'x')); }).what.size(),
            (64U << 10) + 16);
  const auto deep = described([] {
    std::exception_ptr inner;
    for (int level = 0; level < 200; ++level) {
      try {
        if (inner) std::rethrow_exception(inner);
        throw std::runtime_error("root");
      } catch (...) {
        try {
          std::throw_with_nested(std::runtime_error("level"));
        } catch (...) {
          inner = std::current_exception();
        }
      }
    }
    std::rethrow_exception(inner);
  });
  EXPECT_EQ(deep.causes.size(), 64U);
}

}  // namespace
}  // namespace offstage
