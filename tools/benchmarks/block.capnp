@0xa7d3f0b85e61c492;
# What is sent where the time for a structure is measured.

struct Block {
  bytes @0 :Data;
}
