namespace FaceSwap.Core;

/// <summary>Something the user can mend: a wrong path, a damaged file, a full disk. The message is one clear sentence that says what, where
/// and what to do; the command prints it without a stack trace and exits with 2.</summary>
public class UserErrorException : Exception
{
    /// <summary>Makes the error.</summary>
    public UserErrorException(string message) : base(message)
    {
    }

    /// <summary>Makes the error, keeping what caused it.</summary>
    public UserErrorException(string message, Exception? inner) : base(message, inner)
    {
    }
}
