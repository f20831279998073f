@0xd1f7a5c2934be860;
# One record of a log, on its way to the parent of the process that wrote it.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("offstage::schema");

struct LogRecord {
  time @0 :Int64;
  # When it was written, in nanoseconds since the epoch of the system's clock.

  process @1 :Int32;
  # The id of the process that wrote it.

  level @2 :Level;
  room @3 :Room;

  task @4 :UInt64;
  # The task that wrote it; 0 if none did.

  text @5 :Data;
  # As it was written: any bytes, usually UTF-8.

  enum Level {
    trace @0;
    debug @1;
    info @2;
    warning @3;
    error @4;
  }

  enum Room {
    loop @0;
    router @1;
    future @2;
    executor @3;
    pool @4;
    worker @5;
    context @6;
    node @7;
    application @8;
  }
}
