#include "cloud/gpu.hpp"
