"""A bank's pack with one business in which every kind of step and condition occurs."""

from __future__ import annotations

EVERYTHING = """\
pack: test-bank
version: "1"
authority: bank
effective_from: 2016-12-01
effective_until: null
title: {zh: 测试, en: test}
basis: [tests]
flags:
  abnormal_here: {title: {zh: 异常, en: abnormal}, of: case, source: staff}
sets:
  all_steps_of_a_person:
    demands:
      told: {clause: K05, step: notice, of: [customer, agent], texts: [limits]}
      list: {clause: T01, step: watch_list, of: [customer, agent]}
      net: {clause: G01, step: online_check, of: [customer, agent], when: [{document: [resident]}]}
      ward: {clause: I05, step: party, of: [customer], roles: [guardian], when: [{age_below: 16}]}
      two_ways: {clause: E03, step: methods, of: [customer], count: 2}
      phone: {clause: D04, step: questions, of: [customer], form: purpose, when: [{phone: [unproven, none]}]}
      basics: {clause: D01, step: data, of: [customer, agent], form: individual}
      heard: {clause: D09, step: read_back, of: [customer]}
      signed: {clause: C21, step: signature, of: [customer, agent]}
businesses:
  everything:
    clause: A11
    title: {zh: 一切, en: everything}
    channels: [counter, visit]
    parties: {customer: {least: 1, most: 1}, agent: {least: 0, most: 1}, guardian: {least: 0, most: 1}}
    uses: [identified, all_steps_of_a_person]
    retention: identification
    demands:
      held: {clause: E02, step: precondition, question: class_1_count, answers: [none, unavailable]}
      entry: {clause: B02, step: review}
      heads:
        clause: B03
        step: approval
        approvers: [supervisor, branch_head]
        count: 2
        when: [{reaches: cash}, {risk: [high]}, {flags: [abnormal_here]}]
    stops:
      offered:
        clause: E08
        when: [{with_role: [agent], below: cash}]
        finding: agent.no
        decision: offer
        offer: [visit]
"""
