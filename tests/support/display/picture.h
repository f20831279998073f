// picture: what the screen showed at one moment.
//
// Question: which colours did a person see?
// Zone:     pure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/display/geometry.h"

namespace offstage::display {

struct colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  /// From 0xRRGGBB.
  static constexpr colour of(std::uint32_t rgb) {
    return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8),
            static_cast<std::uint8_t>(rgb)};
  }
  bool operator==(const colour&) const = default;
};

/// As #rrggbb.
std::ostream& operator<<(std::ostream& out, colour shown);

/// Whether no channel differs by more than `tolerance` (0 to 255).
bool similar(colour one, colour other, int tolerance = 8);

/// A copy of a part of the screen, decorations and whatever covered it included.
/// @thread any
class picture {
 public:
  picture(rectangle area, std::vector<colour> pixels);

  /// Which part of the screen it shows.
  const rectangle& area() const { return area_; }

  /// The colour at a place on the screen.
  /// @errors throws std::out_of_range if the picture does not show that place
  colour at(point place) const;

  /// How many pixels of a part of the screen have this colour.
  int count(colour wanted, const rectangle& part, int tolerance = 8) const;
  /// How many of the whole picture.
  int count(colour wanted, int tolerance = 8) const { return count(wanted, area_, tolerance); }

  /// The first place with this colour, row by row.
  std::optional<point> find(colour wanted, int tolerance = 8) const;

  /// The colour that most pixels of a part of the screen have: a cell's background under its text.
  /// @errors throws std::out_of_range if the picture shows nothing of it
  colour most_frequent(const rectangle& part) const;

  /// How many places differ between two pictures of the same size.
  /// @errors throws std::invalid_argument if their sizes differ
  int differences(const picture& other, int tolerance = 8) const;

  /// Writes NAME.png to the outputs of the test.
  /// @returns the file's path
  std::filesystem::path save(const std::string& name) const;

 private:
  rectangle area_;
  std::vector<colour> pixels_;
};

/// Takes a picture of the whole screen, or of the part of it that is on the screen.
/// @thread the test's
picture picture_of_screen();
picture picture_of(const rectangle& part);

}  // namespace offstage::display
