@0x9f3c2d6a1be0475d;
# Why a task failed.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct Failure {
  kind @0 :Kind;
  type @1 :Text;
  # Demangled name of the exception's type; empty where nothing was thrown.

  what @2 :Data;
  # What the exception says of itself, as it said it: any bytes, usually UTF-8.

  stack @3 :Data;
  # Where it was thrown, one frame a line; empty where not known.

  causes @4 :List(Cause);
  # The exceptions nested in this one, the nearest first.

  output @5 :Data;
  # What the process that died with the task had printed to stderr last.

  struct Cause {
    type @0 :Text;
    what @1 :Data;
  }

  enum Kind {
    raised @0;
    infrastructure @1;
    protocol @2;
    encoding @3;
    outOfMemory @4;
  }
}
