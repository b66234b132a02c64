// One name a GPU, whatever vendors call it: names as eight vendors and three makers' own programs spell them.
#include "cloud/gpu.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tally::gpu_test {
namespace {

struct Known {
  const char* text;
  const char* name;
  int memory_gb;  // 0: not known
  const char* network;
  const char* memory_details;
  const char* manufacturer;
};

const std::vector<Known> known_names = {
    {"H100", "H100", 0, "", "", "NVIDIA"},
    {"h100", "H100", 0, "", "", "NVIDIA"},
    {"NVIDIA H100 80GB HBM3", "H100", 80, "", "HBM3", "NVIDIA"},
    {"h100 sxm5 80 GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"H100 NVL", "H100", 0, "NVL", "", "NVIDIA"},
    {"NVIDIA H100 NVL", "H100", 0, "NVL", "", "NVIDIA"},
    {"H100 NVL 94 GB", "H100", 94, "NVL", "", "NVIDIA"},
    {"NVIDIA H100 PCIe", "H100", 0, "PCIe", "", "NVIDIA"},
    {"NVIDIA H100 PCIe Gen5 80GB", "H100", 80, "PCIe", "", "NVIDIA"},
    {"NVIDIA H100 80GB PCIe 5.0", "H100", 80, "PCIe", "", "NVIDIA"},
    {"NVIDIA H100 Tensor Core GPU", "H100", 0, "", "", "NVIDIA"},
    {"NVIDIA HGX H100", "H100", 0, "", "", "NVIDIA"},
    {"nvidia-h100-80gb", "H100", 80, "", "", "NVIDIA"},
    {"H100 SXM5 80GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"8x H100 SXM5 80GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"8 x H100", "H100", 0, "", "", "NVIDIA"},
    {"1x H100 SXM5 80GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"H100_PCIE_80GB", "H100", 80, "PCIe", "", "NVIDIA"},
    {"H100_NVLINK_80GB", "H100", 80, "NVLink", "", "NVIDIA"},
    {"H100_SXM5_80GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"GH100_H100_SXM5_80GB", "H100", 80, "SXM5", "", "NVIDIA"},
    {"GH100_H100_PCIE_80GB", "H100", 80, "PCIe", "", "NVIDIA"},
    {"gpu-h100-sxm", "H100", 0, "SXM", "", "NVIDIA"},
    {"NVIDIA Hopper H100", "H100", 0, "", "", "NVIDIA"},
    {"H100 64GB", "H100", 64, "", "", "NVIDIA"},
    {"H100 94GB NVL", "H100", 94, "NVL", "", "NVIDIA"},
    {"h200", "H200", 141, "", "", "NVIDIA"},
    {"NVIDIA H200", "H200", 141, "", "", "NVIDIA"},
    {"NVIDIA H200 NVL", "H200", 141, "NVL", "", "NVIDIA"},
    {"GH100_H200_SXM5_141GB", "H200", 141, "SXM5", "", "NVIDIA"},
    {"1x H200 SXM5 141GB", "H200", 141, "SXM5", "", "NVIDIA"},
    {"gpu-h200-sxm", "H200", 141, "SXM", "", "NVIDIA"},
    {"H200 141GB HBM3e", "H200", 141, "", "HBM3e", "NVIDIA"},
    {"NVIDIA H20", "H20", 0, "", "", "NVIDIA"},
    {"NVIDIA H20-3e", "H20 3E", 141, "", "", "NVIDIA"},
    {"NVIDIA H800", "H800", 80, "", "", "NVIDIA"},
    {"NVIDIA A800-SXM4-80GB", "A800", 80, "SXM4", "", "NVIDIA"},
    {"NVIDIA A100-SXM4-80GB", "A100", 80, "SXM4", "", "NVIDIA"},
    {"NVIDIA A100-PCIE-40GB", "A100", 40, "PCIe", "", "NVIDIA"},
    {"NVIDIA A100 80GB PCIe", "A100", 80, "PCIe", "", "NVIDIA"},
    {"A100", "A100", 0, "", "", "NVIDIA"},
    {"A100-80GB", "A100", 80, "", "", "NVIDIA"},
    {"A100_80G", "A100", 80, "", "", "NVIDIA"},
    {"A100 40GB", "A100", 40, "", "", "NVIDIA"},
    {"A100 80GB", "A100", 80, "", "", "NVIDIA"},
    {"A100_PCIE_80GB", "A100", 80, "PCIe", "", "NVIDIA"},
    {"GA100_A100_SXM4_80GB", "A100", 80, "SXM4", "", "NVIDIA"},
    {"1x A100 SXM4 40GB", "A100", 40, "SXM4", "", "NVIDIA"},
    {"1x A100 SXM4 80GB", "A100", 80, "SXM4", "", "NVIDIA"},
    {"A100 SXM", "A100", 0, "SXM", "", "NVIDIA"},
    {"A100 39GB", "A100", 39, "", "", "NVIDIA"},
    {"nvidia-tesla-a100", "A100", 0, "", "", "NVIDIA"},
    {"NVIDIA A100X", "A100X", 80, "", "", "NVIDIA"},
    {"NVIDIA A30", "A30", 24, "", "", "NVIDIA"},
    {"NVIDIA A30X", "A30X", 24, "", "", "NVIDIA"},
    {"A40", "A40", 48, "", "", "NVIDIA"},
    {"NVIDIA A40", "A40", 48, "", "", "NVIDIA"},
    {"A16", "A16", 16, "", "", "NVIDIA"},
    {"NVIDIA A2", "A2", 16, "", "", "NVIDIA"},
    {"A10", "A10", 24, "", "", "NVIDIA"},
    {"NVIDIA A10", "A10", 24, "", "", "NVIDIA"},
    {"A10 (24 GB PCIe)", "A10", 24, "PCIe", "", "NVIDIA"},
    {"A10G", "A10G", 24, "", "", "NVIDIA"},
    {"NVIDIA A10G", "A10G", 24, "", "", "NVIDIA"},
    {"L4", "L4", 24, "", "", "NVIDIA"},
    {"NVIDIA L4", "L4", 24, "", "", "NVIDIA"},
    {"nvidia-l4", "L4", 24, "", "", "NVIDIA"},
    {"L4 22GB", "L4", 22, "", "", "NVIDIA"},
    {"L40", "L40", 48, "", "", "NVIDIA"},
    {"L40_48GB", "L40", 48, "", "", "NVIDIA"},
    {"NVIDIA L40", "L40", 48, "", "", "NVIDIA"},
    {"L40S", "L40S", 48, "", "", "NVIDIA"},
    {"l40s", "L40S", 48, "", "", "NVIDIA"},
    {"NVIDIA L40S", "L40S", 48, "", "", "NVIDIA"},
    {"1x L40S 48GB", "L40S", 48, "", "", "NVIDIA"},
    {"AD102_L40S_PCIE_48GB", "L40S", 48, "PCIe", "", "NVIDIA"},
    {"l40s-pcie-48gb", "L40S", 48, "PCIe", "", "NVIDIA"},
    {"L40G", "L40G", 24, "", "", "NVIDIA"},
    {"L20", "L20", 48, "", "", "NVIDIA"},
    {"V100", "V100", 0, "", "", "NVIDIA"},
    {"V100_32G", "V100", 32, "", "", "NVIDIA"},
    {"Tesla V100", "V100", 0, "", "", "NVIDIA"},
    {"Tesla V100 16GB", "V100", 16, "", "", "NVIDIA"},
    {"1x Tesla V100 16GB", "V100", 16, "", "", "NVIDIA"},
    {"8x Tesla V100 16GB", "V100", 16, "", "", "NVIDIA"},
    {"Tesla V100-SXM2-16GB", "V100", 16, "SXM2", "", "NVIDIA"},
    {"Tesla V100-SXM2-32GB", "V100", 32, "SXM2", "", "NVIDIA"},
    {"Tesla V100S-PCIE-32GB", "V100S", 32, "PCIe", "", "NVIDIA"},
    {"T4", "T4", 16, "", "", "NVIDIA"},
    {"Tesla T4", "T4", 16, "", "", "NVIDIA"},
    {"nvidia-tesla-t4", "T4", 16, "", "", "NVIDIA"},
    {"T4g", "T4G", 16, "", "", "NVIDIA"},
    {"T4G", "T4G", 16, "", "", "NVIDIA"},
    {"Tesla P100-PCIE-16GB", "P100", 16, "PCIe", "", "NVIDIA"},
    {"Tesla P40", "P40", 24, "", "", "NVIDIA"},
    {"Tesla P4", "P4", 8, "", "", "NVIDIA"},
    {"M60", "M60", 8, "", "", "NVIDIA"},
    {"Tesla M60", "M60", 8, "", "", "NVIDIA"},
    {"Tesla K80", "K80", 12, "", "", "NVIDIA"},
    {"A6000", "RTX A6000", 48, "", "", "NVIDIA"},
    {"RTX A6000", "RTX A6000", 48, "", "", "NVIDIA"},
    {"NVIDIA RTX A6000", "RTX A6000", 48, "", "", "NVIDIA"},
    {"RTX_A6000_48GB", "RTX A6000", 48, "", "", "NVIDIA"},
    {"2x RTX A6000 48GB", "RTX A6000", 48, "", "", "NVIDIA"},
    {"2x RTX A6000 96GB", "RTX A6000", 48, "", "", "NVIDIA"},
    {"GA102_RTX_A6000_PCIE_48GB", "RTX A6000", 48, "PCIe", "", "NVIDIA"},
    {"A5000", "RTX A5000", 24, "", "", "NVIDIA"},
    {"RTX_A5000_24GB", "RTX A5000", 24, "", "", "NVIDIA"},
    {"A4000", "RTX A4000", 16, "", "", "NVIDIA"},
    {"RTX_A4000_16GB", "RTX A4000", 16, "", "", "NVIDIA"},
    {"A4500", "RTX A4500", 20, "", "", "NVIDIA"},
    {"NVIDIA RTX A2000 12GB", "RTX A2000", 12, "", "", "NVIDIA"},
    {"RTX 6000", "RTX 6000", 24, "", "", "NVIDIA"},
    {"RTX 6000 (24 GB)", "RTX 6000", 24, "", "", "NVIDIA"},
    {"rtx6000", "RTX 6000", 24, "", "", "NVIDIA"},
    {"Quadro RTX 6000", "RTX 6000", 24, "", "", "NVIDIA"},
    {"Quadro RTX 8000", "RTX 8000", 48, "", "", "NVIDIA"},
    {"RTX6000Ada", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"RTX 6000 Ada", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"RTX_6000_ADA", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"NVIDIA RTX 6000 Ada Generation", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"NVIDIA RTX 6000 Ada Lovelace Generation", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"6000 Ada", "RTX 6000 ADA", 48, "", "", "NVIDIA"},
    {"NVIDIA RTX 5880 Ada Generation", "RTX 5880 ADA", 48, "", "", "NVIDIA"},
    {"NVIDIA RTX 5000 Ada Generation", "RTX 5000 ADA", 32, "", "", "NVIDIA"},
    {"NVIDIA RTX 4500 Ada Generation", "RTX 4500 ADA", 24, "", "", "NVIDIA"},
    {"RTX4000Ada", "RTX 4000 ADA", 20, "", "", "NVIDIA"},
    {"RTX 4000 Ada", "RTX 4000 ADA", 20, "", "", "NVIDIA"},
    {"NVIDIA RTX 4000 SFF Ada Generation", "RTX 4000 SFF ADA", 20, "", "", "NVIDIA"},
    {"NVIDIA RTX 2000 Ada Generation", "RTX 2000 ADA", 16, "", "", "NVIDIA"},
    {"RTXPro6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"RTX PRO 6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"rtx_pro_6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"RTXPRO6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"RTX PRO Server 6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"1x RTX PRO 6000 96GB", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"PRO 6000", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"RTX 6000 Pro", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"RTX 6000 Blackwell", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTX PRO 6000", 96, "", "", "NVIDIA"},
    {"NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "RTX PRO 6000 MAX Q", 96, "", "", "NVIDIA"},
    {"RTX PRO 4500", "RTX PRO 4500", 32, "", "", "NVIDIA"},
    {"RTXPRO4500", "RTX PRO 4500", 32, "", "", "NVIDIA"},
    {"RTX 4090", "RTX 4090", 24, "", "", "NVIDIA"},
    {"RTX4090", "RTX 4090", 24, "", "", "NVIDIA"},
    {"4090", "RTX 4090", 24, "", "", "NVIDIA"},
    {"NVIDIA GeForce RTX 4090", "RTX 4090", 24, "", "", "NVIDIA"},
    {"NVIDIA GeForce RTX 4090 D", "RTX 4090 D", 24, "", "", "NVIDIA"},
    {"RTX5090", "RTX 5090", 32, "", "", "NVIDIA"},
    {"NVIDIA GeForce RTX 3090 Ti", "RTX 3090 TI", 24, "", "", "NVIDIA"},
    {"RTX 3090", "RTX 3090", 24, "", "", "NVIDIA"},
    {"RTX 3080 Ti", "RTX 3080 TI", 12, "", "", "NVIDIA"},
    {"RTX 4070 Ti SUPER", "RTX 4070 TI SUPER", 16, "", "", "NVIDIA"},
    {"RTX 2080 Ti", "RTX 2080 TI", 11, "", "", "NVIDIA"},
    {"GTX 1660", "GTX 1660", 6, "", "", "NVIDIA"},
    {"GTX 1660 Ti", "GTX 1660 TI", 6, "", "", "NVIDIA"},
    {"GTX 1660 SUPER", "GTX 1660 SUPER", 6, "", "", "NVIDIA"},
    {"GTX 1080 Ti", "GTX 1080 TI", 11, "", "", "NVIDIA"},
    {"1080 Ti", "GTX 1080 TI", 11, "", "", "NVIDIA"},
    {"TITAN RTX", "TITAN RTX", 24, "", "", "NVIDIA"},
    {"B200", "B200", 0, "", "", "NVIDIA"},
    {"NVIDIA B200", "B200", 0, "", "", "NVIDIA"},
    {"8x B200 SXM6 180GB", "B200", 180, "SXM6", "", "NVIDIA"},
    {"GB100_B200_SXM6_180GB", "B200", 180, "SXM6", "", "NVIDIA"},
    {"gpu-b200-sxm", "B200", 0, "SXM", "", "NVIDIA"},
    {"B300", "B300", 0, "", "", "NVIDIA"},
    {"8x B300 SXM6 268GB", "B300", 268, "SXM6", "", "NVIDIA"},
    {"GB110_B300_SXM6_288GB", "B300", 288, "SXM6", "", "NVIDIA"},
    {"gpu-b300-sxm", "B300", 0, "SXM", "", "NVIDIA"},
    {"GB200", "GB200", 0, "", "", "NVIDIA"},
    {"gpu-gb200", "GB200", 0, "", "", "NVIDIA"},
    {"GB200_GB200_NVL_186GB", "GB200", 186, "NVL", "", "NVIDIA"},
    {"GB200 NVL72", "GB200", 0, "NVL72", "", "NVIDIA"},
    {"GB300", "GB300", 288, "", "", "NVIDIA"},
    {"gpu-gb300", "GB300", 288, "", "", "NVIDIA"},
    {"GB300 288GB", "GB300", 288, "", "", "NVIDIA"},
    {"1x GB300 288GB", "GB300", 288, "", "", "NVIDIA"},
    {"NVL72 GB300", "GB300", 288, "NVL72", "", "NVIDIA"},
    {"NVIDIA GB300 NVL-72", "GB300", 288, "NVL72", "", "NVIDIA"},
    {"GH200", "GH200", 0, "", "", "NVIDIA"},
    {"gh200", "GH200", 0, "", "", "NVIDIA"},
    {"GH200 96GB", "GH200", 96, "", "", "NVIDIA"},
    {"GH200 480GB", "GH200", 0, "", "", "NVIDIA"},
    {"NVIDIA GH200 480GB", "GH200", 0, "", "", "NVIDIA"},
    {"GH200 480GB (96 GB)", "GH200", 96, "", "", "NVIDIA"},
    {"NVIDIA Grace Hopper GH200", "GH200", 0, "", "", "NVIDIA"},
    {"MI300X", "MI300X", 192, "", "", "AMD"},
    {"AMD Instinct MI300X", "MI300X", 192, "", "", "AMD"},
    {"AMD Instinct MI300X OAM", "MI300X", 192, "OAM", "", "AMD"},
    {"MI300A", "MI300A", 128, "", "", "AMD"},
    {"MI325X", "MI325X", 256, "", "", "AMD"},
    {"MI355X", "MI355X", 288, "", "", "AMD"},
    {"MI250", "MI250", 128, "", "", "AMD"},
    {"MI250X", "MI250X", 128, "", "", "AMD"},
    {"AMD Instinct MI210", "MI210", 64, "", "", "AMD"},
    {"Radeon Pro V520", "RADEON PRO V520", 8, "", "", "AMD"},
    {"AMD Radeon\xE2\x84\xA2"
     " PRO V710",
     "RADEON PRO V710", 28, "", "", "AMD"},
    {"GAUDI2", "GAUDI2", 96, "", "", "Intel"},
    {"Gaudi 2", "GAUDI2", 96, "", "", "Intel"},
    {"Intel Gaudi 3", "GAUDI3", 128, "", "", "Intel"},
    {"Habana Gaudi", "GAUDI", 32, "", "", "Intel"},
    {"Intel Data Center GPU Max 1550", "MAX 1550", 128, "", "", "Intel"},
};

}  // namespace

TEST_CASE("a GPU has one name, whatever a vendor calls it", "[cloud]") {
  for (const Known& wanted : known_names) {
    INFO(wanted.text);
    const GpuName gpu = normalize_gpu(wanted.text);
    CHECK(gpu.is_known);
    CHECK(gpu.name == wanted.name);
    CHECK(gpu.memory_gb.value_or(0) == wanted.memory_gb);
    CHECK(gpu.network_details == wanted.network);
    CHECK(gpu.memory_details == wanted.memory_details);
    CHECK(gpu.manufacturer == wanted.manufacturer);
  }
}

TEST_CASE("a GPU's one name is its name again", "[cloud]") {
  for (const Known& wanted : known_names) {
    INFO(wanted.name);
    const GpuName again = normalize_gpu(wanted.name);
    CHECK(again.is_known);
    CHECK(again.name == wanted.name);
  }
}

TEST_CASE("a name that goes on is another product, not the one in front", "[cloud]") {
  struct Case {
    const char* text;
    const char* name;
    const char* manufacturer;
  };
  const std::vector<Case> cases = {
      {"Warp Core 9", "WARP CORE 9", "unknown"},
      {"L40X", "L40X", "unknown"},
      {"L40 Ultra", "L40 ULTRA", "NVIDIA"},
      {"H100 CNX", "H100 CNX", "NVIDIA"},
      {"RTX 4090 Laptop GPU", "RTX 4090 LAPTOP", "NVIDIA"},
      {"GeForce GTX 1660 Ti Max-Q", "GTX 1660 TI MAX Q", "NVIDIA"},
      {"RTX 4000 Blackwell", "RTX 4000 BLACKWELL", "NVIDIA"},
      {"RTX 5000 Ampere", "RTX 5000 AMPERE", "NVIDIA"},
      {"A6000 Ada", "A6000 ADA", "NVIDIA"},
      {"6000", "6000", "unknown"},
      {"MI300X VF", "MI300X VF", "AMD"},
      {"Radeon Pro V710 MxGPU", "RADEON PRO V710 MXGPU", "AMD"},
      {"NVIDIA", "NVIDIA", "NVIDIA"},
      {"\x1b[31mevil\n", "31MEVIL", "unknown"},
      {"\xff\xfe", "??", "unknown"},
      {"", "", "unknown"},
  };
  for (const Case& wanted : cases) {
    INFO(wanted.text);
    const GpuName gpu = normalize_gpu(wanted.text);
    CHECK_FALSE(gpu.is_known);
    CHECK(gpu.name == wanted.name);
    CHECK(gpu.manufacturer == wanted.manufacturer);
    CHECK_FALSE(normalize_gpu(gpu.name).is_known);
  }
}

TEST_CASE("a part of a GPU is not the GPU, and has not its memory", "[cloud]") {
  struct Case {
    const char* text;
    const char* name;
    int memory_gb;
  };
  const std::vector<Case> cases = {
      {"NVIDIA A100 80GB PCIe MIG 1g.10gb", "A100 MIG 1G.10GB", 0},
      {"A100-1g.5gb", "A100 1G.5GB", 0},
      {"nvidia.com/mig-3g.20gb", "NVIDIA.COM/MIG 3G.20GB", 0},
      {"H100 7g.80gb", "H100 7G.80GB", 0},
      {"A30 1g.6gb+me", "A30 1G.6GB+ME", 0},
      {"NVIDIA A10-4Q", "A10 4Q", 0},
      {"GRID T4-16Q", "GRID T4 16Q", 0},
      {"NVIDIA L40S-48C", "L40S 48C", 0},
      {"A16-2B", "A16 2B", 0},
      {"1/2 A10", "1/2 A10", 0},
      {"1/2x A10", "1/2X A10", 0},
      {"L4 1/8", "L4 1/8", 0},
      {"\xC2\xBD A10", "1/2 A10", 0},
      {"half A10", "HALF A10", 0},
      {"0.5x A10", "0.5X A10", 0},
      {"A100 20GB", "A100 20GB", 20},
      {"L4 3GB", "L4 3GB", 3},
  };
  for (const Case& wanted : cases) {
    INFO(wanted.text);
    const GpuName gpu = normalize_gpu(wanted.text);
    CHECK_FALSE(gpu.is_known);
    CHECK(gpu.name == wanted.name);
    CHECK(gpu.memory_gb.value_or(0) == wanted.memory_gb);
    CHECK_FALSE(normalize_gpu(gpu.name).is_known);
  }
}

TEST_CASE("a part of a GPU is one by what stands beside its name, and by the memory that is stated apart", "[cloud]") {
  struct Case {
    const char* text;
    std::optional<int> stated_gb;
    const char* name;  // nullptr: the whole GPU
  };
  const std::vector<Case> cases = {
      {"H100 (10 GB MIG 1g.10gb)", 10, "H100 MIG 1G.10GB"},
      {"A10 (12 GB vGPU)", 12, "A10 VGPU"},
      {"A10 (24 GB vGPU)", 24, "A10 VGPU"},
      {"H100 (10 GB)", std::nullopt, "H100 10GB"},
      {"H100", 10, "H100 10GB"},
      {"H100 mig", 80, "H100 MIG"},
      {"A100_80G sxm4", 20, "A100 80GB 20GB"},
      {"H100 (20 GB shared)", 20, "H100 SHARED"},
      {"H100 (half)", std::nullopt, "H100 HALF"},
      {"H100 sxm5", 80, nullptr},
      {"H100 (80 GB SXM5 GDR)", 80, nullptr},
      {"h100_sxm5gdr", std::nullopt, nullptr},
      {"H100 ethernet", 80, nullptr},
      {"H100 none", 640, nullptr},  // that of eight of them
      {"H100", 76, nullptr},        // 80 GB, measured
  };
  for (const Case& wanted : cases) {
    INFO(wanted.text);
    const GpuName gpu = normalize_gpu(wanted.text, wanted.stated_gb);
    CHECK(gpu.is_known == (wanted.name == nullptr));
    CHECK(gpu.name == (wanted.name == nullptr ? "H100" : wanted.name));
    CHECK(normalize_gpu(gpu.name).is_known == gpu.is_known);
  }
}

TEST_CASE("a part that is named as one of a known GPU is no unknown GPU", "[cloud]") {
  for (const char* name : {"L4", "L4 1/8", "H100", "RTX PRO 6000 1/2"}) CHECK(is_known_gpu(name));
  for (const char* name : {"WARP CORE", "WARP CORE 1/8", "L4 1/", "L4 1/x", "A100 1G.10GB", " 1/8", ""}) {
    INFO(name);
    CHECK_FALSE(is_known_gpu(name));
  }
}

TEST_CASE("blanks, brackets, dashes and letters of other alphabets are those of ours", "[cloud]") {
  for (const char* text : {
           "\xEF\xBC\xA8\xEF\xBC\x91\xEF\xBC\x90\xEF\xBC\x90 80GB SXM5",  // full-width H100
           "H100\xEF\xBC\x88"
           "80 GB SXM5\xEF\xBC\x89",  // full-width brackets
           "H100\xE3\x80\x90"
           "80 GB SXM5\xE3\x80\x91",  // CJK brackets
           "NVIDIA\xC2\xA0H100\xC2\xA0"
           "80\xC2\xA0GB\xC2\xA0SXM5",  // no-break spaces
           "H100\xE3\x80\x80"
           "80GB\xE2\x80\xAFSXM5",  // ideographic and narrow spaces
           "H100\xE2\x80\x91SXM5\xE2\x80\x93"
           "80GB",                      // hyphens and dashes
           "8\xC3\x97 H100 SXM5 80GB",  // a multiplication sign
           "H1\xE2\x80\x8B"
           "00 SXM5 80GB",                                   // a space without width
           "NVIDIA\xC2\xAE H100\xE2\x84\xA2 SXM5 80GB\t\n",  // signs, controls
       }) {
    INFO(text);
    const GpuName gpu = normalize_gpu(text);
    CHECK(gpu.name == "H100");
    CHECK(gpu.memory_gb == 80);
    CHECK(gpu.network_details == "SXM5");
  }
}

TEST_CASE("of a text without end only the beginning is read", "[cloud]") {
  for (const std::string& unit : {std::string("9"), std::string("H100 "), std::string("("), std::string(" "),
                                  std::string("8x "), std::string("\xEF\xBC\x88"), std::string("80GB ")}) {
    std::string text;
    while (text.size() < (std::size_t{1} << 20U)) text += unit;
    CHECK(normalize_gpu(text).name.size() <= 2048);
  }
}

TEST_CASE("a GPU's nominal memory is found from what a vendor measured", "[cloud]") {
  CHECK(nominal_memory_gb("H100", 81920LL * 1024 * 1024) == 80);
  CHECK(nominal_memory_gb("L4", 22888LL * 1024 * 1024) == 24);
  CHECK(nominal_memory_gb("L40S", 45776LL * 1024 * 1024) == 48);
  CHECK(nominal_memory_gb("H200", 144384LL * 1024 * 1024) == 141);
  CHECK(nominal_memory_gb("B200", 183359LL * 1024 * 1024) == 192);
  CHECK(nominal_memory_gb("B300", 275040LL * 1024 * 1024) == 288);
  CHECK(nominal_memory_gb("RTX PRO 4500", 32768LL * 1024 * 1024) == 32);
  CHECK_FALSE(nominal_memory_gb("L4", 2861LL * 1024 * 1024));
  CHECK_FALSE(nominal_memory_gb("L4", 1));
  CHECK_FALSE(nominal_memory_gb("WARP CORE", 1));
}

}  // namespace tally::gpu_test
