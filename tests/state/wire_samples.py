"""One message of every kind and its bytes as version 1 wrote them; never to be changed.

A new kind adds its message and its bytes; a new field with a default adds nothing here, because
that is the promise: bytes without it are read with the default.
"""

from __future__ import annotations

import numpy as np

from state import messages as m

START = 1_786_690_800_000_000_000
MESSAGES: list[m.AnyMessage] = [
    m.Tick(at_ns=START, received_at_ns=START),
    m.RunStatus(run="live", phase=m.RunPhase.STARTED, at_ns=START, day="spring", speed=60.0),
    m.Opening(at_ns=START, state=b"\x01state"),
    m.Market(
        market="caiso",
        time_zone="America/Los_Angeles",
        settlement_seconds=300,
        runs=(m.Run.DA, m.Run.FMM, m.Run.RTD),
        load_price_fmm_weight=0.5,
        on_peak_days=(0, 1, 2, 3, 4, 5),
        on_peak_hours=(7, 22),
    ),
    m.Locations(
        market="caiso",
        locations=("TH_SP15_GEN-APND", "N-1"),
        kinds=(m.LocationKind.HUB, m.LocationKind.NODE),
        hubs=("TH_SP15_GEN-APND", ""),
    ),
    m.Books(company="C", books=("SUPPLY", "RETAIL"), desks=("power", "power")),
    m.Resource(
        resource="BATTERY",
        market="caiso",
        book="SUPPLY",
        location="N-1",
        resource_kind=m.ResourceKind.STORAGE,
        capacity_mw=100.0,
        energy_mwh=400.0,
    ),
    m.Counterparty(
        counterparty="CP-01",
        name="CP-01",
        rating="A-",
        investment_grade=True,
        agreement="WSPP",
        government_entity=False,
        netting=True,
        collateral_usd=1e6,
    ),
    m.TraderRecord(
        trader="ann",
        role="authorized-personnel",
        months=12,
        authorised=True,
        experience="as verified",
        under_investigation=False,
        was_investigated=None,
        has_read_policies=True,
        markets=("market-caiso",),
        instruments=("instrument-energy",),
        own_limits=("limit-energy-prompt-month",),
        own_bought_usd=np.array([1e6]),
        own_bought_mw=np.array([np.nan]),
        own_sold_usd=np.array([0.0]),
        own_sold_mw=np.array([25.0]),
    ),
    m.FactorHistory(
        market="caiso",
        factors=("caiso/TH_SP15_GEN-APND/RTD/HE19",),
        dates=("2026-08-12", "2026-08-13"),
        levels=np.array([45.25, np.nan]),
    ),
    m.Policy(policy="desk-limits", version="1", source="limits: []\n"),
    m.StressScenarios(scenarios="stress-scenarios", version="1", source="scenarios: []\n"),
    m.CumulativePnl(book="SUPPLY", realised_usd=-12.5),
    m.RetailSales(
        market="caiso", periods=("2021", "2026-01"), volume_mwh=np.array([876_000.0, np.nan])
    ),
    m.CompanyOutlook(
        market="caiso",
        figure=m.CompanyFigure.CUSTOMERS,
        periods=("2026-09", "2026-10"),
        amounts=np.array([270_000.0, np.nan]),
    ),
    m.BacktestHistory(
        node="SUPPLY",
        dates=("2026-08-12", "2026-08-13"),
        var_usd=np.array([2_500_000.0, np.nan]),
        pnl_usd=np.array([-125.5, 40.0]),
        horizon=m.Horizon.INTRADAY,
        confidence=0.99,
    ),
    m.PricePublication(
        market="caiso",
        run=m.Run.RTD,
        interval_start_ns=START,
        interval_seconds=300,
        locations=("N-1", "N-2"),
        lmp=np.array([30.5, -4.0]),
        energy=np.array([28.0, 28.0]),
        congestion=np.array([2.0, np.nan]),
        loss=np.array([0.5, np.nan]),
        source="OASIS PRC_INTVL_LMP",
        published_at_ns=START - 5,
    ),
    m.AreaVolume(
        market="caiso",
        series=m.Series.LOAD,
        run="DAM",
        interval_start_ns=START,
        interval_seconds=3600,
        areas=("CA ISO-TAC",),
        mw=np.array([30000.5]),
        source="OASIS SLD_FCST",
    ),
    m.CurveMarks(
        market="caiso",
        as_of="2026-08-13",
        hubs=("TH_SP15_GEN-APND",),
        blocks=(m.Block.ON_PEAK,),
        months=("2026-09",),
        price_usd_per_mwh=np.array([61.75]),
    ),
    m.Forecast(
        resource="LOAD",
        interval_start_ns=START,
        interval_seconds=300,
        mw=np.array([250.0, 251.5]),
        published_at_ns=START,
    ),
    m.VolumeOutlook(
        resource="LOAD", months=("2026-09",), blocks=(m.Block.OFF_PEAK,), mw=np.array([210.0])
    ),
    m.Schedule(
        market="caiso",
        run=m.Run.DA,
        interval_start_ns=START,
        interval_seconds=3600,
        resources=("SOLAR", "LOAD"),
        mw=np.array([0.0, 1.0, 250.0, 255.0]),
    ),
    m.MeterValues(
        resource="SOLAR", interval_start_ns=START, interval_seconds=300, mw=np.array([99.5])
    ),
    m.Award(
        award="V-1",
        market="caiso",
        book="VIRTUAL",
        location="N-1",
        award_kind=m.AwardKind.VIRTUAL_SUPPLY,
        interval_start_ns=START,
        interval_seconds=3600,
        mw=np.array([10.0]),
    ),
    m.Outage(
        outage="O-1",
        version=2,
        resource="SOLAR",
        start_ns=START,
        end_ns=START + 3_600_000_000_000,
        available_mw=20.0,
        cancelled=True,
    ),
    m.StateOfCharge(resource="BATTERY", at_ns=START, energy_mwh=123.5),
    m.ManualAdjustment(
        adjustment="M-1",
        version=1,
        author="desk",
        reason="meter fault",
        book="RETAIL",
        market="caiso",
        location="N-1",
        start_ns=START,
        end_ns=START + 3_600_000_000_000,
        mw=-5.0,
        expires_at_ns=START + 7_200_000_000_000,
    ),
    m.Trade(
        source="etrm",
        trade="T-1",
        version=3,
        action=m.TradeAction.AMEND,
        product="forward",
        market="caiso",
        book="SUPPLY",
        counterparty="CP-01",
        location="TH_SP15_GEN-APND",
        delivery_start_ns=START,
        delivery_end_ns=START + 7_200_000_000_000,
        quantity_mw=-25.0,
        price_usd_per_mwh=41.25,
        settles_at=m.SettlesAt.DA,
        block=m.Block.ON_PEAK,
        trader="TR-1",
        executed_at_ns=START - 60_000_000_000,
        profile_mw=np.array([-20.0, -30.0]),
        comment="shaped",
    ),
    m.ProductTrade(
        source="etrm",
        trade="T-2",
        version=1,
        action=m.TradeAction.NEW,
        product="crr_option",
        market="caiso",
        book="SUPPLY",
        counterparty="CP-01",
        location="TH_SP15_GEN-APND",
        delivery_start_ns=START,
        delivery_end_ns=START + 7_200_000_000_000,
        quantity_mw=100.0,
        price_usd_per_mwh=4.5,
        settles_at=m.SettlesAt.DA,
        second_location="TH_NP15_GEN-APND",
        price_adjustment_usd_per_mwh=-1.25,
        floor_usd_per_mwh=0.0,
        strike_usd_per_mwh=31.0,
        volatility_usd_per_mwh=12.5,
        energy_mwh=400.0,
        efficiency=0.85,
        unit_kind="PCC1",
        vintage="2026",
        units=-1000.0,
        price_usd_per_unit=18.75,
        delivers="etrm/T-1",
    ),
    m.TradeCheck(
        check="C-1",
        candidate=m.Trade(
            source="etrm",
            trade="T-9",
            version=1,
            action=m.TradeAction.NEW,
            product="energy",
            market="caiso",
            book="SUPPLY",
            counterparty="CP-01",
            location="N-1",
            delivery_start_ns=START,
            delivery_end_ns=START + 3_600_000_000_000,
            quantity_mw=25.0,
            price_usd_per_mwh=41.0,
            settles_at=m.SettlesAt.RTD,
        ),
        lot=1.0,
        reserve_seconds=300,
        venue="bilateral",
        areas=("California",),
        board_approved=True,
    ),
    m.HedgeRequest(
        request="H-1",
        limit="nop-energy-prompt-month",
        period="2026-09",
        lot=5.0,
        market="caiso",
        location="N-1",
        book="SUPPLY",
        venue="bilateral",
        areas=("WECC",),
    ),
    m.ProductMarks(
        market="caiso",
        as_of="2026-08-13",
        products=("rec", "capacity"),
        kinds=("PCC1", "system"),
        periods=("2026", "2026-09"),
        price_usd_per_unit=np.array([17.5, np.nan]),
    ),
    m.ContractDelivery(
        market="caiso",
        contract="etrm/T-1",
        month="2026-08",
        due_mwh=7_440.0,
        delivered_mwh=7_068.0,
    ),
    m.Action(
        action="A-1",
        action_kind=m.ActionKind.CLOSE,
        case="C-1",
        actor="desk",
        at_ns=START,
        text="cause",
        resolution="sold",
    ),
    m.TradeTotals(
        source="etrm",
        date="2026-08-13",
        books=("SUPPLY", "RETAIL"),
        contracts=np.array([12.0, 3.0]),
        volume_mwh=np.array([2_400.0, 50.5]),
        value_usd=np.array([98_000.25, 2_100.0]),
    ),
    m.TradeDetails(
        system="settlement",
        source="etrm",
        date="2026-08-13",
        trades=("T-1", "T-2"),
        price_usd_per_mwh=np.array([41.25, 38.0]),
        locations=("TH_SP15_GEN-APND", "TH_NP15_GEN-APND"),
        products=("swap", "energy"),
        blocks=(m.Block.ON_PEAK, m.Block.FLAT),
        delivery_starts_ns=(START, START),
        delivery_ends_ns=(START + 3_600_000_000_000, START + 7_200_000_000_000),
        counterparties=("CP-01", "CP-02"),
    ),
    m.DayClose(
        date="2026-08-13",
        step=m.CloseStep.SIGN_OFF,
        actor="desk",
        at_ns=START,
        comment="agreed",
    ),
    m.FeedNotice(
        feed="caiso/RTD",
        outcome=m.FeedOutcome.THROTTLED,
        detail="status 429: asked too often",
        missing=2,
        missing_from_ns=START,
        delay_seconds=-97.5,
    ),
    m.Rejected(letter="7", feed="caiso", reason="MW is 'abc', no number"),
]

# Made once by release 0.1.0.
VERSION_1 = {
    "tick": (
        "0183a46b696e64a47469636bae72656365697665645f61745f6e73cf18cb99d0f9756000a561745f6e73"
        "cf18cb99d0f9756000"
    ),
    "run_status": (
        "0187a46b696e64aa72756e5f737461747573ae72656365697665645f61745f6e7300a372756ea46c6976"
        "65a57068617365a773746172746564a561745f6e73cf18cb99d0f9756000a3646179a6737072696e67a5"
        "7370656564cb404e000000000000"
    ),
    "opening": (
        "0184a46b696e64a76f70656e696e67ae72656365697665645f61745f6e7300a561745f6e73cf18cb99d0"
        "f9756000a57374617465c406017374617465"
    ),
    "market": (
        "0189a46b696e64a66d61726b6574ae72656365697665645f61745f6e7300a66d61726b6574a563616973"
        "6fa974696d655f7a6f6e65b3416d65726963612f4c6f735f416e67656c6573b2736574746c656d656e74"
        "5f7365636f6e6473cd012ca472756e7393a24441a3464d4da3525444b56c6f61645f70726963655f666d"
        "6d5f776569676874cb3fe0000000000000ac6f6e5f7065616b5f6461797396000102030405ad6f6e5f70"
        "65616b5f686f757273920716"
    ),
    "locations": (
        "0186a46b696e64a96c6f636174696f6e73ae72656365697665645f61745f6e7300a66d61726b6574a563"
        "6169736fa96c6f636174696f6e7392b054485f535031355f47454e2d41504e44a34e2d31a56b696e6473"
        "92a3687562a46e6f6465a46875627392b054485f535031355f47454e2d41504e44a0"
    ),
    "books": (
        "0185a46b696e64a5626f6f6b73ae72656365697665645f61745f6e7300a7636f6d70616e79a143a5626f"
        "6f6b7392a6535550504c59a652455441494ca56465736b7392a5706f776572a5706f776572"
    ),
    "resource": (
        "0189a46b696e64a87265736f75726365ae72656365697665645f61745f6e7300a87265736f75726365a7"
        "42415454455259a66d61726b6574a5636169736fa4626f6f6ba6535550504c59a86c6f636174696f6ea3"
        "4e2d31ad7265736f757263655f6b696e64a773746f72616765ab63617061636974795f6d77cb40590000"
        "00000000aa656e657267795f6d7768cb4079000000000000"
    ),
    "counterparty": (
        "018aa46b696e64ac636f756e7465727061727479ae72656365697665645f61745f6e7300ac636f756e74"
        "65727061727479a543502d3031a46e616d65a543502d3031a6726174696e67a2412db0696e766573746d"
        "656e745f6772616465c3a961677265656d656e74a457535050b1676f7665726e6d656e745f656e746974"
        "79c2a76e657474696e67c3ae636f6c6c61746572616c5f757364cb412e848000000000"
    ),
    "trader": (
        "01de0011a46b696e64a6747261646572ae72656365697665645f61745f6e7300a6747261646572a3616e"
        "6ea4726f6c65b4617574686f72697a65642d706572736f6e6e656ca66d6f6e7468730caa617574686f72"
        "69736564c3aa657870657269656e6365ab6173207665726966696564b3756e6465725f696e7665737469"
        "676174696f6ec2b07761735f696e76657374696761746564c0b16861735f726561645f706f6c69636965"
        "73c3a76d61726b65747391ac6d61726b65742d636169736fab696e737472756d656e747391b1696e7374"
        "72756d656e742d656e65726779aa6f776e5f6c696d69747391b96c696d69742d656e657267792d70726f"
        "6d70742d6d6f6e7468ae6f776e5f626f756768745f757364c4080000000080842e41ad6f776e5f626f75"
        "6768745f6d77c408000000000000f87fac6f776e5f736f6c645f757364c4080000000000000000ab6f77"
        "6e5f736f6c645f6d77c4080000000000003940"
    ),
    "factor_history": (
        "0186a46b696e64ae666163746f725f686973746f7279ae72656365697665645f61745f6e7300a66d6172"
        "6b6574a5636169736fa7666163746f727391bf636169736f2f54485f535031355f47454e2d41504e442f"
        "5254442f48453139a5646174657392aa323032362d30382d3132aa323032362d30382d3133a66c657665"
        "6c73c4100000000000a04640000000000000f87f"
    ),
    "policy": (
        "0185a46b696e64a6706f6c696379ae72656365697665645f61745f6e7300a6706f6c696379ab6465736b"
        "2d6c696d697473a776657273696f6ea131a6736f75726365ab6c696d6974733a205b5d0a"
    ),
    "stress_scenarios": (
        "0185a46b696e64b07374726573735f7363656e6172696f73ae72656365697665645f61745f6e7300a973"
        "63656e6172696f73b07374726573732d7363656e6172696f73a776657273696f6ea131a6736f75726365"
        "ae7363656e6172696f733a205b5d0a"
    ),
    "cumulative_pnl": (
        "0184a46b696e64ae63756d756c61746976655f706e6cae72656365697665645f61745f6e7300a4626f6f"
        "6ba6535550504c59ac7265616c697365645f757364cbc029000000000000"
    ),
    "retail_sales": (
        "0185a46b696e64ac72657461696c5f73616c6573ae72656365697665645f61745f6e7300a66d61726b65"
        "74a5636169736fa7706572696f647392a432303231a7323032362d3031aa766f6c756d655f6d7768c410"
        "00000000c0bb2a41000000000000f87f"
    ),
    "company_outlook": (
        "0186a46b696e64af636f6d70616e795f6f75746c6f6f6bae72656365697665645f61745f6e7300a66d61"
        "726b6574a5636169736fa6666967757265a9637573746f6d657273a7706572696f647392a7323032362d"
        "3039a7323032362d3130a7616d6f756e7473c41000000000c07a1041000000000000f87f"
    ),
    "backtest_history": (
        "0188a46b696e64b06261636b746573745f686973746f7279ae72656365697665645f61745f6e7300a46e"
        "6f6465a6535550504c59a5646174657392aa323032362d30382d3132aa323032362d30382d3133a77661"
        "725f757364c41000000000d0124341000000000000f87fa7706e6c5f757364c4100000000000605fc000"
        "00000000004440a7686f72697a6f6ea8696e747261646179aa636f6e666964656e6365cb3fefae147ae1"
        "47ae"
    ),
    "price": (
        "018ea46b696e64a57072696365ae72656365697665645f61745f6e7300a66d61726b6574a5636169736f"
        "a372756ea3525444b1696e74657276616c5f73746172745f6e73cf18cb99d0f9756000b0696e74657276"
        "616c5f7365636f6e6473cd012ca96c6f636174696f6e7392a34e2d31a34e2d32a36c6d70c41000000000"
        "00803e4000000000000010c0a6656e65726779c4100000000000003c400000000000003c40aa636f6e67"
        "657374696f6ec4100000000000000040000000000000f87fa46c6f7373c410000000000000e03f000000"
        "000000f87fa3676867c400a6736f75726365b34f41534953205052435f494e54564c5f4c4d50af707562"
        "6c69736865645f61745f6e73cf18cb99d0f9755ffb"
    ),
    "area_volume": (
        "018ba46b696e64ab617265615f766f6c756d65ae72656365697665645f61745f6e7300a66d61726b6574"
        "a5636169736fa6736572696573a46c6f6164a372756ea344414db1696e74657276616c5f73746172745f"
        "6e73cf18cb99d0f9756000b0696e74657276616c5f7365636f6e6473cd0e10a5617265617391aa434120"
        "49534f2d544143a26d77c40800000000204cdd40a6736f75726365ae4f4153495320534c445f46435354"
        "af7075626c69736865645f61745f6e73c0"
    ),
    "curve_marks": (
        "0188a46b696e64ab63757276655f6d61726b73ae72656365697665645f61745f6e7300a66d61726b6574"
        "a5636169736fa561735f6f66aa323032362d30382d3133a46875627391b054485f535031355f47454e2d"
        "41504e44a6626c6f636b7391a76f6e5f7065616ba66d6f6e74687391a7323032362d3039b17072696365"
        "5f7573645f7065725f6d7768c4080000000000e04e40"
    ),
    "forecast": (
        "0187a46b696e64a8666f726563617374ae72656365697665645f61745f6e7300a87265736f75726365a4"
        "4c4f4144b1696e74657276616c5f73746172745f6e73cf18cb99d0f9756000b0696e74657276616c5f73"
        "65636f6e6473cd012ca26d77c4100000000000406f400000000000706f40af7075626c69736865645f61"
        "745f6e73cf18cb99d0f9756000"
    ),
    "volume_outlook": (
        "0186a46b696e64ae766f6c756d655f6f75746c6f6f6bae72656365697665645f61745f6e7300a8726573"
        "6f75726365a44c4f4144a66d6f6e74687391a7323032362d3039a6626c6f636b7391a86f66665f706561"
        "6ba26d77c4080000000000406a40"
    ),
    "schedule": (
        "0189a46b696e64a87363686564756c65ae72656365697665645f61745f6e7300a66d61726b6574a56361"
        "69736fa372756ea24441b1696e74657276616c5f73746172745f6e73cf18cb99d0f9756000b0696e7465"
        "7276616c5f7365636f6e6473cd0e10a97265736f757263657392a5534f4c4152a44c4f4144a26d77c420"
        "0000000000000000000000000000f03f0000000000406f400000000000e06f40af7075626c6973686564"
        "5f61745f6e73c0"
    ),
    "meter": (
        "0186a46b696e64a56d65746572ae72656365697665645f61745f6e7300a87265736f75726365a5534f4c"
        "4152b1696e74657276616c5f73746172745f6e73cf18cb99d0f9756000b0696e74657276616c5f736563"
        "6f6e6473cd012ca26d77c4080000000000e05840"
    ),
    "award": (
        "018aa46b696e64a56177617264ae72656365697665645f61745f6e7300a56177617264a3562d31a66d61"
        "726b6574a5636169736fa4626f6f6ba75649525455414ca86c6f636174696f6ea34e2d31aa6177617264"
        "5f6b696e64ae7669727475616c5f737570706c79b1696e74657276616c5f73746172745f6e73cf18cb99"
        "d0f9756000b0696e74657276616c5f7365636f6e6473cd0e10a26d77c4080000000000002440"
    ),
    "outage": (
        "0189a46b696e64a66f7574616765ae72656365697665645f61745f6e7300a66f7574616765a34f2d31a7"
        "76657273696f6e02a87265736f75726365a5534f4c4152a873746172745f6e73cf18cb99d0f9756000a6"
        "656e645f6e73cf18cb9d172a2e0000ac617661696c61626c655f6d77cb4034000000000000a963616e63"
        "656c6c6564c3"
    ),
    "state_of_charge": (
        "0185a46b696e64af73746174655f6f665f636861726765ae72656365697665645f61745f6e7300a87265"
        "736f75726365a742415454455259a561745f6e73cf18cb99d0f9756000aa656e657267795f6d7768cb40"
        "5ee00000000000"
    ),
    "adjustment": (
        "018da46b696e64aa61646a7573746d656e74ae72656365697665645f61745f6e7300aa61646a7573746d"
        "656e74a34d2d31a776657273696f6e01a6617574686f72a46465736ba6726561736f6eab6d6574657220"
        "6661756c74a4626f6f6ba652455441494ca66d61726b6574a5636169736fa86c6f636174696f6ea34e2d"
        "31a873746172745f6e73cf18cb99d0f9756000a6656e645f6e73cf18cb9d172a2e0000a26d77cbc01400"
        "0000000000ad657870697265735f61745f6e73cf18cba05d5ae6a000"
    ),
    "trade": (
        "01de0016a46b696e64a57472616465ae72656365697665645f61745f6e7300a6736f75726365a4657472"
        "6da57472616465a3542d31a776657273696f6e03a6616374696f6ea5616d656e64a770726f64756374a7"
        "666f7277617264a66d61726b6574a5636169736fa4626f6f6ba6535550504c59ac636f756e7465727061"
        "727479a543502d3031a86c6f636174696f6eb054485f535031355f47454e2d41504e44b164656c697665"
        "72795f73746172745f6e73cf18cb99d0f9756000af64656c69766572795f656e645f6e73cf18cba05d5a"
        "e6a000ab7175616e746974795f6d77cbc039000000000000b170726963655f7573645f7065725f6d7768"
        "cb4044a00000000000aa736574746c65735f6174a24441a5626c6f636ba76f6e5f7065616ba674726164"
        "6572a454522d31ae65786563757465645f61745f6e73cf18cb99c3012e0800a87265736f75726365a0aa"
        "70726f66696c655f6d77c41000000000000034c00000000000003ec0a7636f6d6d656e74a67368617065"
        "64"
    ),
    "product_trade": (
        "01de0022a46b696e64ad70726f647563745f7472616465ae72656365697665645f61745f6e7300a6736f"
        "75726365a46574726da57472616465a3542d32a776657273696f6e01a6616374696f6ea36e6577a77072"
        "6f64756374aa6372725f6f7074696f6ea66d61726b6574a5636169736fa4626f6f6ba6535550504c59ac"
        "636f756e7465727061727479a543502d3031a86c6f636174696f6eb054485f535031355f47454e2d4150"
        "4e44b164656c69766572795f73746172745f6e73cf18cb99d0f9756000af64656c69766572795f656e64"
        "5f6e73cf18cba05d5ae6a000ab7175616e746974795f6d77cb4059000000000000b170726963655f7573"
        "645f7065725f6d7768cb4012000000000000aa736574746c65735f6174a24441a5626c6f636ba4666c61"
        "74a6747261646572a0ae65786563757465645f61745f6e7300a87265736f75726365a0aa70726f66696c"
        "655f6d77c400a7636f6d6d656e74a0af7365636f6e645f6c6f636174696f6eb054485f4e5031355f4745"
        "4e2d41504e44bc70726963655f61646a7573746d656e745f7573645f7065725f6d7768cbbff400000000"
        "0000b1666c6f6f725f7573645f7065725f6d7768cb0000000000000000b2737472696b655f7573645f70"
        "65725f6d7768cb403f000000000000b6766f6c6174696c6974795f7573645f7065725f6d7768cb402900"
        "0000000000aa656e657267795f6d7768cb4079000000000000aa656666696369656e6379cb3feb333333"
        "333333a9756e69745f6b696e64a450434331a776696e74616765a432303236a5756e697473cbc08f4000"
        "00000000b270726963655f7573645f7065725f756e6974cb4032c00000000000a864656c6976657273a8"
        "6574726d2f542d31"
    ),
    "trade_check": (
        "0189a46b696e64ab74726164655f636865636bae72656365697665645f61745f6e7300a5636865636ba3"
        "432d31a963616e646964617465de0016a46b696e64a57472616465ae72656365697665645f61745f6e73"
        "00a6736f75726365a46574726da57472616465a3542d39a776657273696f6e01a6616374696f6ea36e65"
        "77a770726f64756374a6656e65726779a66d61726b6574a5636169736fa4626f6f6ba6535550504c59ac"
        "636f756e7465727061727479a543502d3031a86c6f636174696f6ea34e2d31b164656c69766572795f73"
        "746172745f6e73cf18cb99d0f9756000af64656c69766572795f656e645f6e73cf18cb9d172a2e0000ab"
        "7175616e746974795f6d77cb4039000000000000b170726963655f7573645f7065725f6d7768cb404480"
        "0000000000aa736574746c65735f6174a3525444a5626c6f636ba4666c6174a6747261646572a0ae6578"
        "6563757465645f61745f6e7300a87265736f75726365a0aa70726f66696c655f6d77c400a7636f6d6d65"
        "6e74a0a36c6f74cb3ff0000000000000af726573657276655f7365636f6e6473cd012ca576656e7565a9"
        "62696c61746572616ca5617265617391aa43616c69666f726e6961ae626f6172645f617070726f766564"
        "c3"
    ),
    "hedge_request": (
        "018ba46b696e64ad68656467655f72657175657374ae72656365697665645f61745f6e7300a772657175"
        "657374a3482d31a56c696d6974b76e6f702d656e657267792d70726f6d70742d6d6f6e7468a670657269"
        "6f64a7323032362d3039a36c6f74cb4014000000000000a66d61726b6574a5636169736fa86c6f636174"
        "696f6ea34e2d31a4626f6f6ba6535550504c59a576656e7565a962696c61746572616ca5617265617391"
        "a457454343"
    ),
    "product_marks": (
        "0188a46b696e64ad70726f647563745f6d61726b73ae72656365697665645f61745f6e7300a66d61726b"
        "6574a5636169736fa561735f6f66aa323032362d30382d3133a870726f647563747392a3726563a86361"
        "706163697479a56b696e647392a450434331a673797374656da7706572696f647392a432303236a73230"
        "32362d3039b270726963655f7573645f7065725f756e6974c4100000000000803140000000000000f87f"
    ),
    "contract_delivery": (
        "0187a46b696e64b1636f6e74726163745f64656c6976657279ae72656365697665645f61745f6e7300a6"
        "6d61726b6574a5636169736fa8636f6e7472616374a86574726d2f542d31a56d6f6e7468a7323032362d"
        "3038a76475655f6d7768cb40bd100000000000ad64656c6976657265645f6d7768cb40bb9c0000000000"
    ),
    "action": (
        "0189a46b696e64a6616374696f6eae72656365697665645f61745f6e7300a6616374696f6ea3412d31ab"
        "616374696f6e5f6b696e64a5636c6f7365a463617365a3432d31a56163746f72a46465736ba561745f6e"
        "73cf18cb99d0f9756000a474657874a56361757365aa7265736f6c7574696f6ea4736f6c64"
    ),
    "trade_totals": (
        "0188a46b696e64ac74726164655f746f74616c73ae72656365697665645f61745f6e7300a6736f757263"
        "65a46574726da464617465aa323032362d30382d3133a5626f6f6b7392a6535550504c59a65245544149"
        "4ca9636f6e747261637473c41000000000000028400000000000000840aa766f6c756d655f6d7768c410"
        "0000000000c0a2400000000000404940a976616c75655f757364c4100000000004edf740000000000068"
        "a040"
    ),
    "trade_details": (
        "018ea46b696e64ad74726164655f64657461696c73ae72656365697665645f61745f6e7300a673797374"
        "656daa736574746c656d656e74a6736f75726365a46574726da464617465aa323032362d30382d3133a6"
        "74726164657392a3542d31a3542d32b170726963655f7573645f7065725f6d7768c4100000000000a044"
        "400000000000004340a96c6f636174696f6e7392b054485f535031355f47454e2d41504e44b054485f4e"
        "5031355f47454e2d41504e44a870726f647563747392a473776170a6656e65726779a6626c6f636b7392"
        "a76f6e5f7065616ba4666c6174b264656c69766572795f7374617274735f6e7392cf18cb99d0f9756000"
        "cf18cb99d0f9756000b064656c69766572795f656e64735f6e7392cf18cb9d172a2e0000cf18cba05d5a"
        "e6a000ae636f756e7465727061727469657392a543502d3031a543502d3032ac636f756e746572706172"
        "7479a0"
    ),
    "day_close": (
        "0187a46b696e64a96461795f636c6f7365ae72656365697665645f61745f6e7300a464617465aa323032"
        "362d30382d3133a473746570a87369676e5f6f6666a56163746f72a46465736ba561745f6e73cf18cb99"
        "d0f9756000a7636f6d6d656e74a6616772656564"
    ),
    "feed_notice": (
        "0188a46b696e64ab666565645f6e6f74696365ae72656365697665645f61745f6e7300a466656564a963"
        "6169736f2f525444a76f7574636f6d65a97468726f74746c6564a664657461696cbb7374617475732034"
        "32393a2061736b656420746f6f206f6674656ea76d697373696e6702af6d697373696e675f66726f6d5f"
        "6e73cf18cb99d0f9756000ad64656c61795f7365636f6e6473cbc058600000000000"
    ),
    "rejected": (
        "0185a46b696e64a872656a6563746564ae72656365697665645f61745f6e7300a66c6574746572a137a4"
        "66656564a5636169736fa6726561736f6eb64d572069732027616263272c206e6f206e756d626572"
    ),
}
