@0xe3a8d5106c7f42b9;
# A user's own schema, as the tests of values use it.

struct Letter {
  subject @0 :Text = "none";
  pages @1 :List(Text);
  enclosed @2 :List(Letter);
}
