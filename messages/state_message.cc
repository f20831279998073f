#include "messages/state_message.h"

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

flat_message make_started(message_origin origin) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    out.setStarted();
  });
}

flat_message make_abandoned(message_origin origin) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    out.setAbandoned();
  });
}

flat_message make_returned(message_origin origin, payload value) {
  return build<schema::StateMessage>([&](auto out) {
    write_origin(out, origin);
    write_payload(out.initReturned(), value);
  });
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
