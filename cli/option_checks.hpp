// What options take, as checks of CLI11: the command line is refused (64), by the option's name and with what it takes,
// before anything is done. Their help says what it takes by the option's type_name().
//
// Those of whole numbers and times are for transform(): they write the number as CLI11, which would take 010 for octal
// and 90m for nothing, reads it. The others are for check().
#pragma once

#include <cstdint>

namespace CLI {
class Validator;
}

namespace tally::cli {

CLI::Validator takes_path();                   // not ""
CLI::Validator takes_whole_number();           // from 0 on, into an int64_t
CLI::Validator takes_positive_whole_number();  // from 1 on, into an int64_t
CLI::Validator takes_port();                   // from 1 to 65535
CLI::Validator takes_duration();               // 90s, 20m, 8h or 7d, into an int64_t as seconds
CLI::Validator takes_number();                 // a decimal number from 0 on
CLI::Validator takes_price();                  // a decimal number above 0 that the daemon can hold
CLI::Validator takes_tag();                    // KEY=VALUE
CLI::Validator takes_ref_id();

}  // namespace tally::cli
