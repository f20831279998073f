// geometry: places on the screen.
//
// Question: where is it?
// Zone:     pure.
#pragma once

#include <ostream>

namespace offstage::display {

/// In pixels from the top left corner.
struct point {
  int x = 0;
  int y = 0;
  bool operator==(const point&) const = default;
};

struct extent {
  int width = 0;
  int height = 0;
  bool operator==(const extent&) const = default;
};

struct rectangle {
  point origin;
  extent size;

  bool operator==(const rectangle&) const = default;
  point middle() const { return {origin.x + size.width / 2, origin.y + size.height / 2}; }
  bool contains(point place) const {
    return place.x >= origin.x && place.y >= origin.y && place.x < origin.x + size.width &&
           place.y < origin.y + size.height;
  }
};

inline std::ostream& operator<<(std::ostream& out, point place) {
  return out << '(' << place.x << ", " << place.y << ')';
}

inline std::ostream& operator<<(std::ostream& out, extent size) {
  return out << size.width << 'x' << size.height;
}

inline std::ostream& operator<<(std::ostream& out, const rectangle& area) {
  return out << area.size << " at " << area.origin;
}

}  // namespace offstage::display
