@0xbf5147cbbecf40c1;
# A value that travels with a message: an argument, a result, an item or a report.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct Payload {
  union {
    nothing @0 :Void;
    # The value is of a type without values (void).

    slot @1 :Void;
    # The value itself waits in the task record of this process; nothing was serialised.

    bytes @2 :Data;
    # What codec<T> made of the value.

    segment @3 :Segment;
    # What codec<T> made of the value, in memory that both processes share.
  }

  struct Segment {
    id @0 :UInt64;
    # Which one, as it was offered (segment_notice.capnp) by the end that sends this.

    offset @1 :UInt64;
    size @2 :UInt64;
    # Where in it, in bytes; behind its header.
  }
}
