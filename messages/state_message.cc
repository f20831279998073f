#include "messages/state_message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

#include "messages/capnp_words.h"
#include "messages/failure_words.h"
#include "messages/state_message.capnp.h"

namespace offstage {
namespace {

using capnp_words::build;
using capnp_words::read;
using capnp_words::read_payload;
using capnp_words::text_of;
using capnp_words::to_data;
using capnp_words::write_payload;

void write_origin(schema::StateMessage::Builder out, message_origin origin) {
  out.setTask(origin.task);
  out.setSequence(origin.sequence);
}

flat_message build_started(message_origin origin) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    out.setStarted();
  });
}

flat_message build_returned(message_origin origin, const payload& value) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    write_payload(out.initReturned(), value);
  });
}

// A message that every task sends: only the origin is another one each time. Cap'n Proto builds it
// once, which shows where its origin is; after that writing and reading it are a few instructions.
class frequent_message {
 public:
  using word = flat_message::word;

  // `build(origin)` builds it.
  template <class Build>
  explicit frequent_message(const Build& build) {
    const auto empty = build(message_origin{});
    const auto filled = build(message_origin{~task_id{0}, ~std::uint32_t{0}});
    size_ = empty.words().size();
    assert(size_ <= words_.size());
    for (std::size_t i = 0; i < size_; ++i) {
      words_[i] = empty.words()[i];
      origin_[i] = words_[i] ^ filled.words()[i];
      if (origin_[i] == ~word{0}) {
        task_at_ = i;
      } else if (origin_[i] != 0) {
        sequence_at_ = i;
        sequence_shift_ = std::countr_zero(origin_[i]);
      }
    }
  }

  flat_message from(message_origin origin) const noexcept {
    flat_message out(size_);
    const auto words = out.writable();
    std::copy_n(words_.begin(), size_, words.begin());
    words[task_at_] |= origin.task;
    words[sequence_at_] |= word{origin.sequence} << sequence_shift_;
    return out;
  }

  // The origin of a message, if it is this one.
  std::optional<message_origin> origin_of(const flat_message& message) const noexcept {
    const auto found = message.words();
    if (found.size() != size_) return std::nullopt;
    word different = 0;
    for (std::size_t i = 0; i < size_; ++i) different |= (found[i] ^ words_[i]) & ~origin_[i];
    if (different != 0) return std::nullopt;
    return message_origin{found[task_at_],
                          static_cast<std::uint32_t>(found[sequence_at_] >> sequence_shift_)};
  }

 private:
  using words = std::array<word, flat_message::inline_words>;

  words words_{};   // With an origin of zeros.
  words origin_{};  // The bits of the origin.
  std::size_t size_ = 0;
  std::size_t task_at_ = 0;
  std::size_t sequence_at_ = 0;
  int sequence_shift_ = 0;
};

const frequent_message& started() {
  static const frequent_message built(build_started);
  return built;
}

// The body has returned a value that stays in this process, or none.
const frequent_message& returned_slot() {
  static const frequent_message built(
      [](message_origin origin) { return build_returned(origin, {payload_kind::slot}); });
  return built;
}

const frequent_message& returned_nothing() {
  static const frequent_message built(
      [](message_origin origin) { return build_returned(origin, {payload_kind::nothing}); });
  return built;
}

std::optional<state_message> read_frequent(const flat_message& message) {
  state_message out;
  if (const auto origin = started().origin_of(message)) {
    out.origin = *origin;
    return out;
  }
  for (const auto& [each, kind] : {std::pair(&returned_slot(), payload_kind::slot),
                                   std::pair(&returned_nothing(), payload_kind::nothing)}) {
    if (const auto origin = each->origin_of(message)) {
      out.origin = *origin;
      out.kind = state_message_kind::returned;
      out.value.kind = kind;
      return out;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(state_message_kind kind) noexcept {
  switch (kind) {
    case state_message_kind::started:
      return "started";
    case state_message_kind::abandoned:
      return "abandoned";
    case state_message_kind::returned:
      return "returned";
    case state_message_kind::raised:
      return "raised";
    case state_message_kind::generated:
      return "generated";
    case state_message_kind::progressed:
      return "progressed";
    case state_message_kind::stepped:
      return "stepped";
    case state_message_kind::custom:
      return "custom";
  }
  return "unknown";
}

flat_message make_started(message_origin origin) { return started().from(origin); }

flat_message make_abandoned(message_origin origin) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    out.setAbandoned();
  });
}

flat_message make_returned(message_origin origin, payload value) {
  switch (value.kind) {
    case payload_kind::slot:
      return returned_slot().from(origin);
    case payload_kind::nothing:
      return returned_nothing().from(origin);
    default:
      return build_returned(origin, value);
  }
}

flat_message make_raised(message_origin origin, const failure& why) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    capnp_words::write_failure(out.initRaised(), why);
  });
}

flat_message make_generated(message_origin origin, payload item) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    write_payload(out.initGenerated(), item);
  });
}

flat_message make_progressed(message_origin origin, payload report) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    write_payload(out.initProgressed(), report);
  });
}

flat_message make_stepped(message_origin origin, const step_report& step) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    auto stepped = out.initStepped();
    stepped.setTotal(step.total);
    stepped.setComplete(step.complete);
    stepped.setMessage(to_data(step.message));
  });
}

flat_message make_custom(message_origin origin, std::string_view name, payload value) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    auto custom = out.initCustom();
    custom.setName(std::string(name));
    write_payload(custom.initPayload(), value);
  });
}

state_message read_state_message(const flat_message& message) {
  if (auto known = read_frequent(message)) return *std::move(known);
  return read<schema::StateMessage>(message, [](schema::StateMessage::Reader in) {
    using Which = schema::StateMessage::Which;
    state_message out;
    out.origin = {in.getTask(), in.getSequence()};
    switch (in.which()) {
      case Which::STARTED:
        out.kind = state_message_kind::started;
        return out;
      case Which::ABANDONED:
        out.kind = state_message_kind::abandoned;
        return out;
      case Which::RETURNED:
        out.kind = state_message_kind::returned;
        out.value = read_payload(in.getReturned());
        return out;
      case Which::RAISED:
        out.kind = state_message_kind::raised;
        return out;
      case Which::GENERATED:
        out.kind = state_message_kind::generated;
        out.value = read_payload(in.getGenerated());
        return out;
      case Which::PROGRESSED:
        out.kind = state_message_kind::progressed;
        out.value = read_payload(in.getProgressed());
        return out;
      case Which::STEPPED:
        out.kind = state_message_kind::stepped;
        out.step = {in.getStepped().getTotal(), in.getStepped().getComplete(),
                    text_of(in.getStepped().getMessage())};
        return out;
      case Which::CUSTOM: {
        auto custom = in.getCustom();
        out.kind = state_message_kind::custom;
        out.name = {custom.getName().cStr(), custom.getName().size()};
        out.value = read_payload(custom.getPayload());
        return out;
      }
    }
    throw malformed_message("a state message of an unknown kind");
  });
}

failure read_failure(const flat_message& message) {
  return read<schema::StateMessage>(message, [&](schema::StateMessage::Reader in) {
    if (!in.isRaised()) throw malformed_message("expected a raised message, found another one");
    return capnp_words::failure_from(in.getRaised(), message.words().size());
  });
}

}  // namespace offstage
