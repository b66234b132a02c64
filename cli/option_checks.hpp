// What options take, as checks of CLI11: the command line is refused (64), by the option's name and with what it takes,
// before anything is done. Their help says what it takes by the option's type_name().
#pragma once

namespace CLI {
class Validator;
}

namespace tally::cli {

CLI::Validator takes_whole_number();           // from 0 on
CLI::Validator takes_positive_whole_number();  // from 1 on
CLI::Validator takes_number();                 // a decimal number from 0 on
CLI::Validator takes_positive_number();        // and above 0
CLI::Validator takes_tag();                    // KEY=VALUE
CLI::Validator takes_ref_id();

}  // namespace tally::cli
