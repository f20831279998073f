@0xd4a10f6e83b95c27;
# A user's own schema, as the tests of large values use it.

struct Picture {
  name @0 :Text;
  pixels @1 :List(UInt64);
}
