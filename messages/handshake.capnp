@0xc2b7fa1d0e5c4a63;
# The first message of a worker process: what it speaks.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct Handshake {
  protocol @0 :UInt32;
  # The version of everything that goes over a lane.

  caf @1 :UInt32;
  # CAF's version, as CAF_VERSION.
}
