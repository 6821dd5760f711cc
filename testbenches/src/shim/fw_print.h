// Included before everything else (-include): sends what the RTL prints to the shim instead of standard output.
#ifndef FW_PRINT_H
#define FW_PRINT_H
__attribute__((format(printf, 1, 2))) int fw_print(const char* format, ...);
#endif
