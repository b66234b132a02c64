#include "simcloud/face.hpp"

#include <algorithm>
#include <array>

namespace tally::simcloud {

const Face* find_face(std::string_view provider) {
  static const std::array<const Face*, 2> faces = {&lambda_face, &shadeform_face};
  const auto* const at =
      std::find_if(faces.begin(), faces.end(), [&](const Face* face) { return face->provider == provider; });
  return at == faces.end() ? nullptr : *at;
}

}  // namespace tally::simcloud
