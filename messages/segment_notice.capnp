@0xb6e1c94f27d8a305;
# What an end of a lane says of the shared memory that it owns.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct SegmentNotice {
  id @0 :UInt64;
  # Of the segment, unique for its owner for ever.

  union {
    offered @1 :UInt64;
    # Values may be in it from now on: its size in bytes, header and all. Its descriptor comes along.

    forgotten @2 :Void;
    # No value will be in it any more.
  }
}
