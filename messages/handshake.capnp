@0xc2b7fa1d0e5c4a63;
# The first message of a worker process: who it is.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct Handshake {
  protocol @0 :UInt32;
  # The version of everything that goes over a lane.

  process @1 :UInt64;
  # Its process id.

  buildId @2 :Text;
  # What the linker noted in its program; empty if nothing.

  caf @3 :UInt32;
  # CAF's version, as CAF_VERSION.
}
