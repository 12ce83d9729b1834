#pragma once

namespace thumbjobs::python {

/// Stands for a call that waits without the GIL. interpreter_ends() lets those that are under way
/// come back first: a thread that asks for the GIL after the interpreter's end is ended by it, in
/// the middle of C++ frames. Made and destroyed with the GIL held.
class InFlight {
public:
    InFlight() noexcept;
    ~InFlight();
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
};

} // namespace thumbjobs::python
