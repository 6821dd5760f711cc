# Wraps the makefile that Verilator writes: the runtime as an archive that can be cached, the model as a shared library.
include Vtop.mk

fw_runtime.a: $(VK_GLOBAL_OBJS)
	rm -f $@
	$(AR) -rcs $@ $^

fw_model.so: fw_shim.o Vtop__ALL.a
	$(LINK) -shared -Wl,-Bsymbolic -Wl,--wrap=fopen -Wl,--no-undefined -o $@ $^ "$(FW_RUNTIME)" $(LDLIBS) $(FW_LIBS)
