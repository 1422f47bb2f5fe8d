"""The engine on Spark that the guide gives: the bytes of the plain loop, on the loopback."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stepahead as sa
from stepahead.distributed import Loop
from stepahead.workflow import forecast_in_chunks

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "large.md"


def recipe() -> dict[str, Any]:
    """The names that the code of the guide defines."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (code,) = [block for block in blocks if "mapInPandas" in block]
    made: dict[str, Any] = {}
    exec(compile(code, str(GUIDE), "exec"), made)
    return made


@pytest.mark.filterwarnings("ignore")  # of Spark, which is no part of stepahead
def test_spark_forecasts_the_bytes_of_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="needs pyspark")
    if shutil.which("java") is None:
        pytest.skip("needs Java")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    days = pd.date_range("2024-01-01", periods=30)
    table = pd.concat(
        [
            pd.DataFrame({"unique_id": f"s{n}", "ds": days, "y": days.day + n * 1.5})
            for n in range(5)
        ]
    )
    sales, theta = tmp_path / "sales.parquet", sa.forecasting.Theta()
    sa.readers.write_parquet(table, sales)
    session = sql.SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
    }.items():
        session = session.config(name, value)
    with recipe()["Spark"](session.getOrCreate()) as engine:
        done = forecast_in_chunks(theta, sales, 2, tmp_path / "a", engine=engine, series=2)
        (lost,) = engine.map("operator:add", [(1, "a")])
    (wanted,) = Loop().map("operator:add", [(1, "a")])
    assert lost == wanted
    other = forecast_in_chunks(theta, sales, 2, tmp_path / "b", engine=Loop(), series=2)
    assert len(done.parts) == 3 and done.failed == ()
    for mine, plain in zip(done.parts, other.parts, strict=True):
        assert mine.read_bytes() == plain.read_bytes()
