#include "messages/failure_words.h"

#include <string>

#include "messages/capnp_words.h"

namespace offstage::capnp_words {
namespace {

schema::Failure::Kind to_schema(failure_kind kind) {
  return static_cast<schema::Failure::Kind>(kind);
}

failure_kind from_schema(schema::Failure::Kind kind) {
  switch (kind) {
    case schema::Failure::Kind::RAISED:
      return failure_kind::raised;
    case schema::Failure::Kind::INFRASTRUCTURE:
      return failure_kind::infrastructure;
    case schema::Failure::Kind::PROTOCOL:
      return failure_kind::protocol;
    case schema::Failure::Kind::ENCODING:
      return failure_kind::encoding;
    case schema::Failure::Kind::OUT_OF_MEMORY:
      return failure_kind::out_of_memory;
  }
  throw malformed_message("a failure of an unknown kind");
}

std::string text_from(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

}  // namespace

void write_failure(schema::Failure::Builder out, const failure& why) {
  out.setKind(to_schema(why.kind));
  out.setType(why.type);
  out.setWhat(to_data(why.what));
  out.setStack(to_data(why.stack));
  if (!why.output.empty()) out.setOutput(to_data(why.output));
  auto causes = out.initCauses(static_cast<unsigned>(why.causes.size()));
  for (unsigned i = 0; i < causes.size(); ++i) {
    causes[i].setType(why.causes[i].type);
    causes[i].setWhat(to_data(why.causes[i].what));
  }
}

failure failure_from(schema::Failure::Reader in, std::size_t message_words) {
  failure out;
  out.kind = from_schema(in.getKind());
  out.type = text_from(in.getType());
  out.what = text_of(in.getWhat());
  out.stack = text_of(in.getStack());
  out.output = text_of(in.getOutput());
  const auto causes = in.getCauses();
  // Two words each, unless it is a list of nothing that only says that it is long.
  if (2 * std::size_t{causes.size()} > message_words) {
    throw malformed_message("a failure with more causes than it has words for");
  }
  for (auto cause : causes) {
    out.causes.push_back({text_from(cause.getType()), std::string(text_of(cause.getWhat()))});
  }
  return out;
}

}  // namespace offstage::capnp_words
