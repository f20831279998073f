// Types without a codec do not compile, and the compiler says why on one line of ours.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

// Compiles a program that encodes or decodes a T; what the compiler printed.
std::string compile(const std::string& type, const std::string& use) {
  const auto* folder = std::getenv("TEST_TMPDIR");
  const auto source = std::string(folder != nullptr ? folder : "/tmp") + "/refusal_" +
                      std::to_string(getpid()) + ".cc";
  std::ofstream(source) << "#include \"messages/codec/all_codecs.h\"\n"
                           "#include <string_view>\n"
                           "struct with_pointer { int number; const char* text; };\n"
                           "struct with_string { std::string text; };\n"
                           "class view { public: int* begin() const; private: int* first_; };\n"
                           "inline auto closure(int n) { return [n] { return n; }; }\n"
                           "using T = "
                        << type << ";\nvoid use(T* value, offstage::byte_reader& reader) {\n"
                        << use << "\n}\n";
  const auto* compiler = std::getenv("CXX");
  const auto command = std::string(compiler != nullptr ? compiler : "g++") +
                       " -std=c++20 -fsyntax-only -I. " + source + " 2>&1";
  std::string printed;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> buffer;
  while (const auto size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    printed.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  std::remove(source.c_str());
  if (status == 0) return "";
  return printed.empty() ? "the compiler failed without a word" : printed;
}

// The error is one line that names the problem.
testing::AssertionResult is_alone(const std::string& printed, const std::string& text) {
  if (printed.empty()) return testing::AssertionFailure() << "it compiles";
  const auto error = printed.find("error: ");
  const auto line = printed.substr(error, printed.find('\n', error) - error);
  if (line.find(text) == std::string::npos || printed.find("error: ", error + 1) != printed.npos) {
    return testing::AssertionFailure() << "expected '" << text << "' alone, found:\n" << printed;
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult refused_with(const std::string& type, const std::string& text) {
  return is_alone(compile(type, "offstage::encode_to_bytes(*value); (void)reader;"), text);
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
  EXPECT_TRUE(is_alone(compile("int*", "(void)value; (void)offstage::codec<T>::decode(reader);"),
                       "offstage: a pointer has no codec"));
}

TEST(RefusalTest, NamesTheArray) {
  EXPECT_TRUE(refused_with("int[3]", "offstage: a built-in array has no codec"));
}

}  // namespace
