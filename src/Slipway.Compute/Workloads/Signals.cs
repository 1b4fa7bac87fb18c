namespace Slipway.Compute.Workloads;

/// <summary>Linux's signal numbers in words (signal(7), x86 and arm).</summary>
public static class Signals
{
    public const int Kill = 9;
    public const int Term = 15;
    public const int FileTooLarge = 25;

    public static string Name(int signal) => signal switch
    {
        1 => "SIGHUP", 2 => "SIGINT", 3 => "SIGQUIT", 4 => "SIGILL", 5 => "SIGTRAP", 6 => "SIGABRT", 7 => "SIGBUS", 8 => "SIGFPE", 9 => "SIGKILL",
        10 => "SIGUSR1", 11 => "SIGSEGV", 12 => "SIGUSR2", 13 => "SIGPIPE", 14 => "SIGALRM", 15 => "SIGTERM", 24 => "SIGXCPU", 25 => "SIGXFSZ", 31 => "SIGSYS",
        _ => $"signal {signal}",
    };

    public static string Meaning(int signal) => signal switch
    {
        4 => "it met an instruction that this processor does not have",
        6 => "it gave up on itself",
        7 => "it touched memory that is not there, such as a file that was cut",
        8 => "it divided by zero",
        9 => "somebody else killed it; without a memory limit it may have been the system, short of memory",
        11 => "it crashed, touching memory that is not its own",
        13 => "it wrote to a pipe that nobody reads",
        15 => "somebody else asked it to end",
        24 => "it used more processor time than it may",
        25 => "it wrote a larger file than it may",
        31 => "it made a system call that is forbidden here",
        _ => "sent by itself or by somebody else",
    };
}
