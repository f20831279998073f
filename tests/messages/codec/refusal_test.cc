// Types without a codec do not compile, and the compiler says why on one line of ours.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/compiler.h"

namespace {

using offstage::testing::is_one_error;

// What the compiler says of a program that encodes or decodes a T.
std::string compile(const std::string& type, const std::string& use) {
  return offstage::testing::compile(
      "#include \"messages/codec/all_codecs.h\"\n"
      "#include <string_view>\n"
      "struct with_pointer { int number; const char* text; };\n"
      "struct with_string { std::string text; };\n"
      "class view { public: int* begin() const; private: int* first_; };\n"
      "inline auto closure(int n) { return [n] { return n; }; }\n"
      "using T = " +
      type + ";\nvoid use(T* value, offstage::byte_reader& reader) {\n" + use + "\n}\n");
}

testing::AssertionResult refused_with(const std::string& type, const std::string& text) {
  return is_one_error(compile(type, "offstage::encode_to_bytes(*value); (void)reader;"), text);
}

TEST(RefusalTest, CompilesWhatHasACodec) {
  EXPECT_EQ(compile("std::vector<std::string>",
                    "offstage::encode_to_bytes(*value); (void)reader.read<T>();"),
            "");
}

TEST(RefusalTest, NamesWhatIsAnAddress) {
  EXPECT_TRUE(refused_with("int*", "offstage: a pointer has no codec"));
  EXPECT_TRUE(refused_with("const char*", "or std::string for text"));
  EXPECT_TRUE(refused_with("int (*)(int)", "offstage: a pointer has no codec"));
  EXPECT_TRUE(refused_with("std::string_view", "offstage: no codec for this type of the standard"));
  EXPECT_TRUE(refused_with("view", "offstage: no codec: the type looks like a view"));
}

TEST(RefusalTest, NamesWhatHoldsAnAddress) {
  EXPECT_TRUE(refused_with("with_pointer", "has a member that is a pointer, a view"));
  EXPECT_TRUE(refused_with("decltype(closure(1))", "a closure with captures"));
  EXPECT_TRUE(refused_with("std::vector<int*>", "one of its arguments has no codec"));
}

TEST(RefusalTest, NamesTheWayOutForAClassOfTheUsers) {
  EXPECT_TRUE(refused_with("with_string", "specialise offstage::codec for it"));
}

TEST(RefusalTest, SaysTheSameToWhoDecodes) {
  EXPECT_TRUE(
      is_one_error(compile("int*", "(void)value; (void)offstage::codec<T>::decode(reader);"),
                   "offstage: a pointer has no codec"));
}

TEST(RefusalTest, NamesTheArray) {
  EXPECT_TRUE(refused_with("int[3]", "offstage: a built-in array has no codec"));
}

}  // namespace
