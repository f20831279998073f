#include "messages/handshake.h"

#include "messages/capnp_words.h"
#include "messages/handshake.capnp.h"

namespace offstage {

flat_message make_handshake(const handshake& who) {
  return capnp_words::build<schema::Handshake>([&](auto out) {
    out.setProtocol(who.protocol);
    out.setCaf(who.caf);
  });
}

handshake read_handshake(const flat_message& message) {
  return capnp_words::read<schema::Handshake>(message, [](schema::Handshake::Reader in) {
    handshake out;
    out.protocol = in.getProtocol();
    out.caf = in.getCaf();
    return out;
  });
}

}  // namespace offstage
