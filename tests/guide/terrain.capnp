@0x9c52e7b0d14f8a63;

struct Terrain {
  name @0 :Text;
  heights @1 :List(Float32);
}
