using System.Text;
using Slipway.Data.Domain;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tests.Domain;

public sealed class CsvShapeTests
{
    [Theory]
    [InlineData("a,b\n1,2\n")]
    [InlineData("a,b\r\n1,2\r\n")]
    [InlineData("a,b\n1,2")]
    [InlineData("\uFEFFa,b\n1,2\n\n\n")]
    [InlineData("a,b\n\"1,\n2\",\"say \"\"hi\"\"\"\n,\n")]
    [InlineData("a\n1\n\"\"\n2\n")]
    [InlineData("\"a,x\",b\n1,2\n")]
    public void Feed_WholeTables_AreAccepted(string csv)
    {
        foreach (var piece in (int[])[1, 3, 1000])
        {
            Assert.Null(Check(csv, piece));
        }
    }

    [Theory]
    [InlineData("", "The file is empty")]
    [InlineData("\uFEFF", "The file is empty")]
    [InlineData("a,b\n", "no rows")]
    [InlineData("a,b", "no rows")]
    [InlineData("a,b\n1,2\n3,4,5\n6,7\n", "Line 3 has 3 values, the header has 2")]
    [InlineData("a,b\n1,2\n3\n", "Line 3 has 1 value, the header has 2")]
    [InlineData("a,b\n\"1\n2\",2\n3\n", "Line 4 has 1 value")]
    [InlineData("a,b\n1,2\n\n3,4\n", "Line 3 is blank")]
    [InlineData("\na,b\n1,2\n", "Line 1 is blank")]
    [InlineData("a,b\n1,2\n3,\"4\n5,6\n", "Line 3: a quote is opened and never closed")]
    [InlineData("a,b\n\"1\"x,2\n", "Line 2: text follows a closing quote")]
    [InlineData("a,A\n1,2\n", "is the name of columns 1 and 2")]
    [InlineData("a,,c\n1,2,3\n", "column 2: has no name")]
    public void Feed_BrokenTables_AreRefusedNamingTheLine(string csv, string expected)
    {
        foreach (var piece in (int[])[1, 3, 1000])
        {
            Assert.Contains(expected, Check(csv, piece)?.Message);
        }
    }

    private static Problem? Check(string csv, int piece)
    {
        var shape = new CsvShape();
        foreach (var bytes in Encoding.UTF8.GetBytes(csv).Chunk(piece))
        {
            if (shape.Feed(bytes) is { } problem)
            {
                return problem;
            }
        }

        return shape.End();
    }
}
