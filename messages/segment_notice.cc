#include "messages/segment_notice.h"

#include "messages/capnp_words.h"
#include "messages/segment_notice.capnp.h"

namespace offstage {

flat_message make_segment_offered(std::uint64_t id, std::uint64_t size_bytes) {
  return capnp_words::build<schema::SegmentNotice>([&](auto out) {
    out.setId(id);
    out.setOffered(size_bytes);
  });
}

flat_message make_segment_forgotten(std::uint64_t id) {
  return capnp_words::build<schema::SegmentNotice>([&](auto out) {
    out.setId(id);
    out.setForgotten();
  });
}

segment_notice read_segment_notice(const flat_message& message) {
  return capnp_words::read<schema::SegmentNotice>(
      message, [](schema::SegmentNotice::Reader in) -> segment_notice {
        switch (in.which()) {
          case schema::SegmentNotice::OFFERED:
            return {segment_notice_kind::offered, in.getId(), in.getOffered()};
          case schema::SegmentNotice::FORGOTTEN:
            return {segment_notice_kind::forgotten, in.getId()};
        }
        throw malformed_message("a notice of an unknown kind");
      });
}

}  // namespace offstage
