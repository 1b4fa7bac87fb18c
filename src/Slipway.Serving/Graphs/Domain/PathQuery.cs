using System.Globalization;
using System.Text.Json;

namespace Slipway.Serving.Graphs.Domain;

internal enum PathOperator
{
    /// <summary>The path finds something.</summary>
    Exists,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>Matches a pattern.</summary>
    Like,
    NotLike,
}

/// <summary>
/// What stands in <c>#( )</c>: a path of the element, an operator, a value. Values are compared as the element's own type: with a text as texts, by
/// their code units; with a number as numbers, where a value that is none differs from every number. Nothing is compared with null or lists.
/// </summary>
internal sealed record PathQuery(GraphPath Path, PathOperator Operator, string Value)
{
    public bool Holds(Found element)
    {
        Found found;
        if (element.IsContainer)
        {
            if (Path.IsWhole)
            {
                return false;
            }

            found = element.Value is { } json ? Path.Find(json) : Found.Nothing;
        }
        else if (!Path.IsWhole)
        {
            return false;
        }
        else
        {
            found = element;
        }

        return found.Exists && (Operator == PathOperator.Exists || Compare(found));
    }

    private bool Compare(Found found)
    {
        if (found.Count is { } count)
        {
            return Number(count);
        }

        return found.Value?.ValueKind switch
        {
            JsonValueKind.String => Text(found.Value.Value.GetString()!),
            JsonValueKind.Number => Number(found.Value.Value.GetDouble()),
            JsonValueKind.True => Operator switch
            {
                PathOperator.Equal => Value == "true",
                PathOperator.NotEqual => Value != "true",
                PathOperator.Greater => Value == "false",
                PathOperator.GreaterOrEqual => true,
                _ => false,
            },
            JsonValueKind.False => Operator switch
            {
                PathOperator.Equal => Value == "false",
                PathOperator.NotEqual => Value != "false",
                PathOperator.Less => Value == "true",
                PathOperator.LessOrEqual => true,
                _ => false,
            },
            _ => false,
        };
    }

    private bool Text(string text)
    {
        var order = string.CompareOrdinal(text, Value);
        return Operator switch
        {
            PathOperator.Equal => order == 0,
            PathOperator.NotEqual => order != 0,
            PathOperator.Less => order < 0,
            PathOperator.LessOrEqual => order <= 0,
            PathOperator.Greater => order > 0,
            PathOperator.GreaterOrEqual => order >= 0,
            PathOperator.Like => Wildcards.Match(text, Value),
            PathOperator.NotLike => !Wildcards.Match(text, Value),
            _ => false,
        };
    }

    private bool Number(double number)
    {
        var value = double.TryParse(Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : double.NaN;
        return Operator switch
        {
            PathOperator.Equal => number == value,
            PathOperator.NotEqual => number != value,
            PathOperator.Less => number < value,
            PathOperator.LessOrEqual => number <= value,
            PathOperator.Greater => number > value,
            PathOperator.GreaterOrEqual => number >= value,
            _ => false,
        };
    }
}
