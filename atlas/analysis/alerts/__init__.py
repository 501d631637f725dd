"""Alarm rules for counts over time, and how often each is wrong."""

from atlas.analysis.alerts.cusum import CusumAlarms, cusum_alarms, cusum_run_length
from atlas.analysis.alerts.ears import ears_alarms
from atlas.analysis.alerts.false_alarms import FalseAlarmRate, SeriesModel, false_alarm_rate
from atlas.analysis.alerts.farrington import farrington_alarms
from atlas.analysis.alerts.negative_binomial import negative_binomial_alarms
from atlas.analysis.alerts.odmap import odmap_style_alarms
from atlas.analysis.alerts.result import Alarms, alert_history
from atlas.analysis.alerts.screening import (
    FalseDiscovery,
    alarms_by_chance,
    false_discovery_alarms,
)

__all__ = [
    "Alarms",
    "CusumAlarms",
    "FalseAlarmRate",
    "FalseDiscovery",
    "SeriesModel",
    "alarms_by_chance",
    "alert_history",
    "cusum_alarms",
    "cusum_run_length",
    "ears_alarms",
    "false_alarm_rate",
    "false_discovery_alarms",
    "farrington_alarms",
    "negative_binomial_alarms",
    "odmap_style_alarms",
]
