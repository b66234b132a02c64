// Whether this build watches every access to memory, and long days are therefore lived once where they are else lived
// twice, and by fewer providers.
#pragma once

namespace tally::fakes {

#ifdef TALLY_SANITIZED
inline constexpr bool is_slow_build = true;
#else
inline constexpr bool is_slow_build = false;
#endif

}  // namespace tally::fakes
