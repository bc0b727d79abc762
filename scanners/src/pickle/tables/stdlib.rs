//! Python's own containers, numbers, times and paths.

use super::super::judge::{Harmless, Role};

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of(
        "builtins",
        Role::Class,
        "bool bytearray bytes complex float frozenset int object range slice str tuple long xrange \
         Exception ValueError TypeError KeyError IndexError RuntimeError AttributeError ArithmeticError \
         ZeroDivisionError NotImplementedError StopIteration AssertionError OverflowError Warning UserWarning \
         DeprecationWarning FutureWarning RuntimeWarning LookupError BaseException OSError FileNotFoundError \
         FileExistsError PermissionError TimeoutError ConnectionError InterruptedError EOFError MemoryError NameError \
         ImportError ModuleNotFoundError RecursionError UnicodeError UnicodeDecodeError UnicodeEncodeError BufferError \
         FloatingPointError StopAsyncIteration SyntaxError SystemError KeyboardInterrupt PendingDeprecationWarning \
         SyntaxWarning UnicodeWarning BytesWarning ResourceWarning ImportWarning",
    ),
    Harmless::of("builtins", Role::Container, "dict list set"),
    Harmless::of("builtins", Role::Named, "Ellipsis NotImplemented None True False"),
    Harmless::of("builtins", Role::Function, "abs chr divmod hash len max min ord repr round sorted sum"),
    // Called while loading, it spends any amount of time and memory.
    Harmless::of("builtins", Role::Named, "pow"),
    Harmless::of(
        "collections",
        Role::Container,
        "OrderedDict Counter deque UserDict UserList UserString ChainMap",
    ),
    Harmless::of("collections", Role::Calls, "defaultdict"),
    Harmless::of("_codecs", Role::Encode, "encode"),
    Harmless::of("codecs", Role::Encode, "encode"),
    Harmless::of("copyreg", Role::Makes, "_reconstructor __newobj__ __newobj_ex__"),
    Harmless::of("functools", Role::Calls, "partial"),
    Harmless::of("array", Role::Class, "array"),
    Harmless::of("array", Role::Makes, "_array_reconstructor"),
    Harmless::of("datetime", Role::Class, "date datetime time timedelta timezone tzinfo"),
    Harmless::of("_datetime", Role::Class, "date datetime time timedelta timezone tzinfo"),
    Harmless::of("zoneinfo", Role::Class, "ZoneInfo"),
    Harmless::of("decimal", Role::Class, "Decimal Context"),
    // What a context traps: classes of errors.
    Harmless::of(
        "decimal",
        Role::Named,
        "Clamped DecimalException DivisionByZero FloatOperation Inexact InvalidOperation Overflow Rounded Subnormal \
         Underflow",
    ),
    Harmless::of("_decimal", Role::Class, "Decimal"),
    Harmless::of("_pydecimal", Role::Class, "Decimal"),
    Harmless::of("fractions", Role::Class, "Fraction"),
    // Arithmetic that partial functions and settings name.
    Harmless::of(
        "_operator",
        Role::Named,
        "add sub mul truediv floordiv mod neg pos abs pow eq ne lt le gt ge and_ or_ xor not_ invert",
    ),
    Harmless::of("uuid", Role::Class, "UUID SafeUUID"),
    Harmless::of(
        "ipaddress",
        Role::Class,
        "IPv4Address IPv4Network IPv6Address IPv6Network IPv4Interface IPv6Interface",
    ),
    Harmless::of("pathlib", Role::Class, "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
    Harmless::of(
        "pathlib._local",
        Role::Class,
        "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
    ),
    Harmless::of("re", Role::Function, "_compile"),
    Harmless::of("re", Role::Class, "RegexFlag"),
    Harmless::of("_sre", Role::Named, "SRE_Pattern"),
    Harmless::of("random", Role::Class, "Random"),
    Harmless::of("_random", Role::Class, "Random"),
    Harmless::of("string", Role::Class, "Template"),
    Harmless::of("typing", Role::Named, "Any Union Optional List Dict Tuple"),
    Harmless::of("types", Role::Class, "SimpleNamespace"),
    Harmless::of("types", Role::Named, "NoneType"),
    Harmless::of("argparse", Role::Class, "Namespace"),
    Harmless::of("http", Role::Class, "HTTPStatus HTTPMethod"),
    Harmless::of("enum", Role::Class, "auto"),
    Harmless::of("time", Role::Class, "struct_time"),
    Harmless::of("itertools", Role::Class, "count"),
    Harmless::of("math", Role::Named, "ceil exp fabs floor fsum log log10 log1p log2 sqrt sin cos tan tanh"),
];

/// Methods that pickles name by a walk from their class. Each is as exact as any other entry.
pub(super) const METHODS: &[Harmless] = &[
    // It takes the key of a zone, which may not lead out of the folders of zones.
    Harmless::of("zoneinfo", Role::Function, "ZoneInfo._unpickle"),
];
