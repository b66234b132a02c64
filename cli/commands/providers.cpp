#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/show/support_table.hpp"
#include "config/option_reader.hpp"
#include "providers/descriptions.hpp"

namespace tally::cli {
namespace {

namespace json = boost::json;

template <class Text>
json::array json_of(const std::vector<Text>& texts) {
  json::array array;
  for (const Text& text : texts) array.emplace_back(json::string(text.data(), text.size()));
  return array;
}

json::array credential_fields_of(const ProviderDescription& provider) {
  json::array array;
  for (const CredentialField& field : provider.credential_fields) {
    array.push_back(
        {{"name", std::string(field.name)}, {"is_required", field.is_required}, {"is_secret", field.is_secret}});
  }
  return array;
}

json::array option_fields_of(const ProviderDescription& provider) {
  json::array array;
  for (const ProviderOption& option : provider.options) {
    array.push_back({{"name", std::string(option.name)},
                     {"type", std::string(type_name(option))},
                     {"help", std::string(option.help)}});
  }
  return array;
}

/// For programs.
Reader::Rows provider_rows(const std::vector<const ProviderDescription*>& providers) {
  Reader::Rows rows;
  rows.columns = {"name",     "provider",     "aliases",           "api_type",
                  "endpoint", "capabilities", "credential_fields", "options"};
  for (const ProviderDescription* provider : providers) {
    rows.rows.push_back({std::string(provider->name), std::string(provider->provider_id),
                         json::serialize(json_of(provider->aliases)), std::string(to_string(provider->api_type)),
                         std::string(provider->default_endpoint), json::serialize(json_of(provider->capabilities)),
                         json::serialize(credential_fields_of(*provider)),
                         json::serialize(option_fields_of(*provider))});
  }
  return rows;
}

std::string words_of(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list.empty() ? "-" : list;
}

/// For people: an optional field stands in brackets.
TableRow provider_row(const ProviderDescription& provider, bool is_wide) {
  std::vector<std::string> fields;
  for (const CredentialField& field : provider.credential_fields) {
    fields.push_back(field.is_required ? std::string(field.name) : "[" + std::string(field.name) + "]");
  }
  std::vector<std::string> options;
  for (const ProviderOption& option : provider.options) options.emplace_back(option.name);
  TableRow row;
  row.cells = {std::string(provider.name), words_of(fields), words_of(options),
               words_of({provider.capabilities.begin(), provider.capabilities.end()})};
  if (is_wide) row.cells.emplace_back(provider.default_endpoint);
  return row;
}

}  // namespace

void add_providers(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("providers", "the vendors that tallyd knows, and what can be done there");
  const auto is_markdown = std::make_shared<bool>(false);
  command->add_flag("--markdown", *is_markdown, "what can be done where, as the table of the manual");
  command->callback([&context, is_markdown] {
    const std::vector<const ProviderDescription*>& providers = provider_descriptions();
    if (*is_markdown) {
      std::cout << support_table(providers);
      return;
    }
    if (!context.is_for_people()) return print(context, provider_rows(providers));
    const bool is_wide = context.format == Format::wide;
    std::vector<Column> columns = {{"PROVIDER"}, {"CREDENTIAL"}, {"OPTIONS", false, true}, {"CAN", false, true}};
    if (is_wide) columns.push_back({"ENDPOINT"});
    std::vector<TableRow> rows;
    for (const ProviderDescription* provider : providers) rows.push_back(provider_row(*provider, is_wide));
    std::cout << render(columns, rows, context.table_style());
  });
}

}  // namespace tally::cli
