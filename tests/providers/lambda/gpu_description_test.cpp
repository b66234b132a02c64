// The texts in which Lambda describes a type's GPU, and others that it might send.
#include "providers/lambda/gpu_description.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace tally::lambda_gpu_description_test {
using namespace tally::lambda;

namespace {

DescribedGpu described(const std::string& description, std::optional<std::int32_t> gpus = std::nullopt) {
  return describe_gpu({"", description, "", gpus});
}

}  // namespace

TEST_CASE("a GPU is read from its description", "[providers][lambda]") {
  struct Case {
    const char* text;
    int count;
    const char* name;
    int memory_gb;  // 0: not known
    const char* network;
    const char* type;
  };
  const std::vector<Case> cases = {
      {"8x A100 (80 GB SXM4)", 8, "A100", 80, "SXM4", "A100.SXM4"},
      {"1x A10 (24 GB PCIe)", 1, "A10", 24, "PCIe", "A10.PCIe"},
      {"8x Tesla V100 (16 GB)", 8, "V100", 16, "", "V100"},
      {"1x RTX 6000 (24 GB)", 1, "RTX 6000", 24, "", "RTX 6000"},
      {"1x GH200 480GB (96 GB)", 1, "GH200", 96, "", "GH200 480GB"},
      {"2x H100 NVL (94 GB PCIe, NVLink)", 2, "H100", 94, "PCIe, NVLink", "H100 NVL.PCIe, NVLink"},
      {"8x H100 (80 GB SXM5 GDR)", 8, "H100", 80, "SXM5 GDR", "H100.SXM5 GDR"},
      {"4x NVL72 GB300 (288 GB NVL-72)", 4, "GB300", 288, "NVL-72", "NVL72 GB300.NVL-72"},
      {"1x xA6000 (48 GB)", 1, "RTX A6000", 48, "", "A6000"},
      {"1x A10", 1, "A10", 24, "", "A10"},
      {"1x H200 (141GB SXM5)", 1, "H200", 141, "SXM5", "H200.SXM5"},
      {"8x H100 (80GiB SXM5)", 8, "H100", 80, "SXM5", "H100.SXM5"},
      {"8x\xC2\xA0H100\xEF\xBC\x88"
       "80 GB SXM5\xEF\xBC\x89",
       8, "H100", 80, "SXM5", "H100.SXM5"},
  };
  for (const Case& wanted : cases) {
    INFO(wanted.text);
    const auto gpu = described(wanted.text).gpu;
    REQUIRE(gpu);
    CHECK(gpu->count == wanted.count);
    CHECK(gpu->name == wanted.name);
    CHECK(gpu->memory_gb.value_or(0) == wanted.memory_gb);
    CHECK(gpu->network_details == wanted.network);
    CHECK(gpu->type == wanted.type);
  }
}

TEST_CASE("a slice of a GPU is not the GPU, whichever text says so", "[providers][lambda]") {
  const auto mig = described("1x H100 (10 GB MIG 1g.10gb)").gpu;
  REQUIRE(mig);
  CHECK(mig->name == "H100 MIG 1G.10GB");
  CHECK(mig->memory_gb == 10);
  CHECK(mig->manufacturer == "NVIDIA");
  CHECK(mig->type == "H100.MIG 1g.10gb");
  CHECK(described("1x A10 (12 GB vGPU)").gpu->name == "A10 VGPU");
  CHECK(described("1x A10 (12 GB PCIe)").gpu->name == "A10 12GB");
  CHECK(described("1x H100 (MIG 1g.10gb) (10 GB)").gpu->name == "H100 MIG 1G.10GB");
  CHECK(describe_gpu({"", "1x H100", "H100 (10 GB MIG 1g.10gb)", 1}).gpu->name == "H100 MIG 1G.10GB");
  CHECK(describe_gpu({"gpu_1x_h100_mig_1g.10gb", "", "", 1}).gpu->name == "H100 MIG 1G.10GB");
  CHECK(describe_gpu({"gpu_8x_h100_sxm5gdr", "", "", 8}).gpu->name == "H100");
}

TEST_CASE("where the description fails, the GPU's own text and the type's name count", "[providers][lambda]") {
  CHECK(describe_gpu({"gpu_8x_h100_sxm5", "", "H100 (80 GB SXM5)", 8}).gpu->memory_gb == 80);
  CHECK(describe_gpu({"gpu_8x_h100_sxm5", "", "N/A", 8}).gpu->name == "H100");
  CHECK(describe_gpu({"gpu_1x_rtx6000", "", "", 1}).gpu->name == "RTX 6000");
  CHECK_FALSE(describe_gpu({"h100", "", "", 8}).gpu);
  CHECK_FALSE(described("H100 (80 GB)").gpu);
  CHECK(described("4x CPU General (16 GiB)").is_cpu_only);
  CHECK(described("1x A10 (24 GB)", 0).is_cpu_only);
  CHECK_FALSE(described("9999999x H100 (80 GB)").gpu);
}

TEST_CASE("a description without end is read in one go", "[providers][lambda]") {
  for (const std::string& unit : {std::string("1"), std::string("1x "), std::string("8x H100 ("), std::string(" ("),
                                  std::string("80 GB "), std::string("80 "), std::string("H100 (80 GB SXM5)")}) {
    std::string text = "8x ";
    while (text.size() < (std::size_t{1} << 20U)) text += unit;
    described(text, 8);
    describe_gpu({text, "", text, 8});
    describe_gpu({"gpu_" + text, "", "", 8});
  }
  SUCCEED("none of them recursed or took quadratic time");
}

}  // namespace tally::lambda_gpu_description_test
